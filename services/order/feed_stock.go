package main

import (
	"context"
	"errors"
	"io"
	"regexp"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

// maxCount is the highest count of a SKU, and the widest change of it.
const maxCount = 10_000_000

var skuShape = regexp.MustCompile(`^sku_[a-z0-9]{26}$`)

// FeedStock stores a feed batch by batch, one transaction each, and answers a batch before it reads the next: neither side
// holds more than one.
func (s *server) FeedStock(ctx context.Context, stream *connect.BidiStream[orderv1.FeedStockRequest, orderv1.FeedStockResponse]) error {
	for index := int32(0); ; {
		req, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		res, err := s.feed(ctx, req)
		if err != nil {
			return err
		}
		for _, line := range res.GetResults() {
			line.Index = index
			index++
		}
		if err := stream.Send(res); err != nil {
			return err
		}
	}
}

// feed stores one batch. A line that is refused leaves the others be.
func (s *server) feed(ctx context.Context, req *orderv1.FeedStockRequest) (*orderv1.FeedStockResponse, error) {
	who := caller.From(ctx)
	merchant, err := merchantOf(who, req.GetMerchantId())
	if err != nil {
		return nil, err
	}
	n := needs{}
	for _, line := range req.GetLines() {
		if skuShape.MatchString(line.GetSku()) {
			n.stocks = append(n.stocks, line.GetSku())
		}
	}
	foreign, err := s.foreign(ctx, merchant, n.stocks...)
	if err != nil {
		return nil, err
	}
	var res *orderv1.FeedStockResponse
	err = s.update(ctx, "feed_stock", n, func(w *work) error {
		res = &orderv1.FeedStockResponse{}
		for _, line := range req.GetLines() {
			if foreign[line.GetSku()] {
				res.Results = append(res.Results, &orderv1.StockLineResult{Sku: line.GetSku(), Refusal: string(fault.NotFound)})
				continue
			}
			result, err := w.feedLine(line, merchant, who.Actor(), req.GetReason())
			if err != nil {
				return err
			}
			res.Results = append(res.Results, result)
		}
		return nil
	})
	return res, err
}

// feedLine applies one line, or tells why it is refused; other errors are the batch's.
func (w *work) feedLine(line *orderv1.StockLine, merchant, actor, note string) (*orderv1.StockLineResult, error) {
	res := &orderv1.StockLineResult{Sku: line.GetSku()}
	count, err := w.apply(line, merchant, actor, note)
	var refused *fault.Error
	switch {
	case errors.As(err, &refused) && refusal(err):
		res.Refusal, res.Metadata = string(refused.Reason()), refused.Metadata()
	case err != nil:
		return nil, err
	default:
		res.Stock = stockMessage(count)
	}
	return res, nil
}

func (w *work) apply(line *orderv1.StockLine, merchant, actor, note string) (*stock.Stock, error) {
	if field := misshapen(line); field != "" {
		return nil, fault.New(fault.FieldInvalid, "field", field)
	}
	count, err := w.stockOf(line.GetSku(), merchant)
	if err != nil {
		return nil, err
	}
	if set, ok := line.GetChange().(*orderv1.StockLine_OnHand); ok {
		return count, count.Set(set.OnHand, line.GetSequence(), actor, note, w.now)
	}
	return count, count.Adjust(line.GetDelta(), line.GetSequence(), actor, note, w.now)
}

// misshapen names the field of a line that is invalid; empty for none.
func misshapen(line *orderv1.StockLine) string {
	switch change := line.GetChange().(type) {
	case *orderv1.StockLine_OnHand:
		if change.OnHand < 0 || change.OnHand > maxCount {
			return "on_hand"
		}
	case *orderv1.StockLine_Delta:
		if change.Delta == 0 || change.Delta < -maxCount || change.Delta > maxCount {
			return "delta"
		}
	default:
		return "change"
	}
	switch {
	case !skuShape.MatchString(line.GetSku()):
		return "sku"
	case line.GetSequence() < 1:
		return "sequence"
	}
	return ""
}
