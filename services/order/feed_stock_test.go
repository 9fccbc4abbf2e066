package main

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
)

func set(sku string, onHand, sequence int64) *orderv1.StockLine {
	return &orderv1.StockLine{Sku: sku, Sequence: sequence, Change: &orderv1.StockLine_OnHand{OnHand: onHand}}
}

func add(sku string, delta, sequence int64) *orderv1.StockLine {
	return &orderv1.StockLine{Sku: sku, Sequence: sequence, Change: &orderv1.StockLine_Delta{Delta: delta}}
}

// bearer sends a token with each request.
type bearer struct {
	token string
	next  http.RoundTripper
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.next.RoundTrip(r)
}

// streaming is an admin client over HTTP/2, which streams both ways need.
func (s *shop) streaming(by testenv.User) orderv1connect.OrderAdminServiceClient {
	h2 := &http.Transport{Protocols: new(http.Protocols)}
	h2.Protocols.SetUnencryptedHTTP2(true)
	s.t.Cleanup(h2.CloseIdleConnections)
	return orderv1connect.NewOrderAdminServiceClient(&http.Client{Transport: bearer{s.w.UserToken(by), h2}}, s.base)
}

// feed sends lines in batches and answers the results.
func (s *shop) feed(by testenv.User, batch int, lines ...*orderv1.StockLine) ([]*orderv1.StockLineResult, error) {
	stream, err := s.streaming(by).FeedStock(s.t.Context())
	if err != nil {
		return nil, err
	}
	var results []*orderv1.StockLineResult
	for from := 0; from < len(lines); from += batch {
		err = stream.Send(&orderv1.FeedStockRequest{Lines: lines[from:min(from+batch, len(lines))], Reason: "nightly feed"})
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		res, err := stream.Receive()
		if err != nil {
			return nil, err
		}
		results = append(results, res.GetResults()...)
	}
	if err := stream.CloseRequest(); err != nil {
		return nil, err
	}
	if _, err := stream.Receive(); !errors.Is(err, io.EOF) {
		return nil, err
	}
	return results, stream.CloseResponse()
}

func TestFeedStock(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10) // by a feed numbered with today's nanoseconds
	s.buy("hanako", start(c))
	mine, theirs, bought := id.New("sku"), id.New("sku"), c.GetSkus()[0]
	s.own(mine, "m_1")
	s.own(theirs, "m_2")
	if _, err := s.feed(testenv.User{ID: "rival", MerchantID: "m_2"}, 1, set(theirs, 3, 1)); err != nil {
		t.Fatal(err)
	}
	lines := []*orderv1.StockLine{
		set(mine, 50, 1), set("sku_bad", 1, 1), add(mine, -8, 2), set(mine, 99, 2), set(theirs, 0, 9), set(bought, 0, 1<<62),
		add(mine, 0, 3), {Sku: mine, Sequence: 3}, add(mine, -100, 3), add(mine, 1, 3),
	}
	want := []string{"", "FIELD_INVALID", "", "", "NOT_FOUND", "STOCK_RESERVED", "FIELD_INVALID", "FIELD_INVALID", "STOCK_RESERVED", ""}
	for range 2 { // the second time nothing changes
		results, err := s.feed(testenv.User{ID: "staff", MerchantID: "m_1"}, 3, lines...)
		if err != nil || len(results) != len(lines) {
			t.Fatalf("%d results of %d lines: %v", len(results), len(lines), err)
		}
		for i, r := range results {
			if r.GetIndex() != int32(i) || r.GetRefusal() != want[i] && i != 8 || (r.GetStock() != nil) != (r.GetRefusal() == "") {
				t.Errorf("line %d: %v, want %q", i, r, want[i])
			}
		}
		if got := results[5].GetMetadata()["reserved"]; got != "1" {
			t.Errorf("in the way: %q", got)
		}
		s.wantCounts(mine, 43, 0)
	}
	s.wantCounts(bought, 10, 1)
	s.verify()
}

func TestAFeedOfTenThousandLines(t *testing.T) {
	t.Parallel()
	s := open(t)
	var lines []*orderv1.StockLine
	for i := range 10_000 {
		line := set(id.New("sku"), int64(i%40), 1)
		s.own(line.GetSku(), "m_1")
		if i%1000 == 999 {
			line.Sequence = 0
		}
		lines = append(lines, line)
	}
	results, err := s.feed(testenv.User{ID: "op", MerchantID: "m_1"}, 200, lines...)
	if err != nil || len(results) != len(lines) {
		t.Fatalf("%d results: %v", len(results), err)
	}
	refused := 0
	for _, r := range results {
		if r.GetRefusal() != "" {
			refused++
		}
	}
	if refused != 10 {
		t.Errorf("%d lines were refused, want 10", refused)
	}
	s.wantCounts(lines[9998].GetSku(), 38, 0)
}

func TestAFeedIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	sku := id.New("sku")
	_, err := s.feed(testenv.User{ID: "hanako"}, 1, set(sku, 1, 1))
	wantReason(t, err, fault.CallerNotAllowed, connect.CodePermissionDenied)
	_, err = s.feed(testenv.User{ID: "op", Operator: true}, 1, set(sku, 1, 1))
	wantReason(t, err, fault.FieldInvalid, connect.CodeInvalidArgument)
	var many []*orderv1.StockLine
	for range 201 {
		many = append(many, set(sku, 1, 1))
	}
	_, err = s.feed(testenv.User{ID: "staff", MerchantID: "m_1"}, len(many), many...)
	wantReason(t, err, fault.FieldInvalid, connect.CodeInvalidArgument)
}
