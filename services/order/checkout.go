package main

import (
	"context"
	"log/slog"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/services/order/internal/order"
	"github.com/issho-shop/issho/services/order/internal/request"
)

// Checkout buys in one request and two transactions of this database, with no provider inside either: the first holds
// seat and stock and makes the order (place), then payment holds the money, then the second records it (authorised). A
// repeat of a request meets its earlier answer and goes on from where that one stopped.
func (s *server) Checkout(ctx context.Context, req *orderv1.CheckoutRequest) (*orderv1.CheckoutResponse, error) {
	who := caller.From(ctx)
	r, err := requestOf(who, "Checkout", req)
	if err != nil {
		return nil, err
	}
	o, err := s.buy(ctx, who, r, req)
	if err != nil {
		return nil, s.withWaysOn(ctx, err, req)
	}
	return s.pay(ctx, o)
}

// answered answers the order that an earlier request with the same id has made, or its refusal; nothing when there was none.
func (s *server) answered(ctx context.Context, r request.Request) (string, error) {
	before, err := request.ReadAll(ctx, s.db.Single(), []request.Key{r.Key()})
	if prior := before[r.Key()]; err == nil && prior != nil {
		return prior.Answer(r.Fingerprint)
	}
	return "", err
}

// buy works out what is bought at what price and places the order, or answers that of an earlier request with the same id.
// Points are held before, and given back when the order is refused. After any other error there may be an order all the
// same, of this request or of one at the same time: reward asks by itself what became of it.
func (s *server) buy(ctx context.Context, who caller.Caller, r request.Request, req *orderv1.CheckoutRequest) (*order.Order, error) {
	orderID := id.Derive("ord", r.CallerID, r.Method, r.RequestID)
	if !s.flags.On(ctx, "order.checkout") {
		return s.overtaken(ctx, r, orderID, fault.New(fault.Overloaded))
	}
	if wait := s.breaker.RemainingDelay(); wait > 0 { // afterwards it stays open until a checkout has tried payment again
		return s.overtaken(ctx, r, orderID, fault.New(fault.ProviderUnavailable).RetryIn(wait))
	}
	began := time.Now()
	if req.GetPoints() > 0 { // a repeat holds none
		if made, err := s.answered(ctx, r); made != "" || err != nil {
			return s.made(ctx, made, err)
		}
	}
	q, err := s.quote(ctx, who, orderID, req)
	if err == nil {
		err = s.holdPoints(ctx, q.order)
	}
	if err != nil {
		return s.overtaken(ctx, r, orderID, err)
	}
	o, err := s.place(ctx, r, q, began)
	if kept(err) != nil {
		s.releasePoints(ctx, q.order)
	}
	return o, err
}

// overtaken looks before a request is refused for what it would buy now: it may have been decided long ago, or a twin of it
// meanwhile; or its order is left but not the memory of the request. Then that stands.
func (s *server) overtaken(ctx context.Context, r request.Request, orderID string, refused error) (*order.Order, error) {
	if made, err := s.answered(ctx, r); made != "" || fault.ReasonOf(err) != "" {
		return s.made(ctx, made, err)
	}
	if o, ok, err := order.Read(ctx, s.db.Single(), orderID); ok && err == nil {
		return o, nil
	}
	return nil, refused
}

// made answers an order that was made before, unless there is an error.
func (s *server) made(ctx context.Context, orderID string, err error) (*order.Order, error) {
	if err != nil {
		return nil, err
	}
	return s.known(ctx, orderID)
}

// pay has an order's payment authorised if it is not yet, and answers the order as it then stands.
func (s *server) pay(ctx context.Context, o *order.Order) (*orderv1.CheckoutResponse, error) {
	var paid *paymentv1.AuthoriseResponse
	var left *view
	if o.State == order.PendingPayment {
		var err error
		if paid, err = s.ask(ctx, o); err != nil {
			slog.WarnContext(ctx, "payment did not answer; the order goes on later", "order_id", o.OrderID, "error", err)
		} else if left, err = s.record(ctx, o, paid); err != nil {
			return nil, err
		}
	}
	if left == nil {
		v, err := s.view(ctx, o.OrderID)
		if err != nil {
			return nil, err
		}
		left = &v
	}
	return s.checkoutReply(*left, paid)
}

// checkoutReply tells the outcome. A declined payment is a refusal, however often it is asked for.
func (s *server) checkoutReply(v view, paid *paymentv1.AuthoriseResponse) (*orderv1.CheckoutResponse, error) {
	if v.order.State == order.Cancelled && v.order.CancelReason == order.PaymentFailed {
		return nil, fault.New(fault.PaymentDeclined, "order_id", v.order.OrderID, "decline", v.order.DeclineCode.StringVal)
	}
	res := &orderv1.CheckoutResponse{Order: orderMessage(v.order), ServerTime: timestamppb.New(v.now)}
	if v.group != nil {
		res.Group = groupMessage(v.group)
		res.Invite = s.inviteOf(v)
	}
	if v.order.State == order.PendingPayment && paid.GetState() == paymentv1.PaymentState_PAYMENT_STATE_ACTION {
		res.NextAction = &orderv1.NextAction{ClientSecret: paid.GetClientSecret()}
	}
	return res, nil
}
