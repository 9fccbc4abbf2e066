package main

import (
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/uuid"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
)

// back asks to give units back.
func (b *bought) back(reason string, of ...int32) (*orderv1.Return, error) {
	res, err := b.as(b.user).RequestReturn(b.t.Context(), &orderv1.RequestReturnRequest{
		RequestId: uuid.NewString(), OrderId: b.order, Lines: parts(of...), Reason: reason,
	})
	return res.GetReturn(), err
}

// delivered is an order that has arrived.
func (s *shop) delivered(user string) *bought {
	s.t.Helper()
	b := s.paid(user)
	b.deliver(b.ship(1, 2, 2, 3))
	return b
}

func TestRequestReturn(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.paid("hanako")
	_, err := b.back("changed my mind", 1, 1)
	wantReason(t, err, fault.OrderState, connect.CodeFailedPrecondition) // nothing is shipped
	b.deliver(b.ship(1, 2, 2, 3))
	req := &orderv1.RequestReturnRequest{RequestId: uuid.NewString(), OrderId: b.order, Lines: parts(1, 1, 2, 2), Reason: "bruised"}
	made := map[string]bool{}
	for range 2 {
		res, err := s.as("hanako").RequestReturn(t.Context(), req)
		if err != nil || res.GetReturn().GetState() != orderv1.ReturnState_RETURN_STATE_REQUESTED {
			t.Fatalf("return = %v, %v", res, err)
		}
		made[res.GetReturn().GetReturnId()] = true
	}
	if len(made) != 1 {
		t.Errorf("one request made %d returns", len(made))
	}
	_, err = b.back("the others as well", 2, 2)
	wantReason(t, err, fault.OrderState, connect.CodeFailedPrecondition)
	if fault.Meta(err, "left") != "1" {
		t.Errorf("it does not tell what is left: %v", err)
	}
	_, err = s.as("taro").RequestReturn(t.Context(), &orderv1.RequestReturnRequest{RequestId: uuid.NewString(), OrderId: b.order, Lines: parts(1, 1), Reason: "mine"})
	wantReason(t, err, fault.NotFound, connect.CodeNotFound)
	if got := b.is(orderv1.OrderState_ORDER_STATE_DELIVERED).GetReturns(); len(got) != 1 || len(got[0].GetLines()) != 2 {
		t.Errorf("returns = %v", got)
	}
	s.verify()
}

func TestReturnsEndThirtyDaysAfterDelivery(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.delivered("hanako")
	if _, err := b.back("bruised", 1, 1); err != nil { // open, it keeps the order from completing
		t.Fatal(err)
	}
	s.w.Advance(30*24*time.Hour - time.Minute)
	s.tick()
	if _, err := b.back("bruised as well", 1, 1); err != nil {
		t.Fatal(err)
	}
	s.w.Advance(2 * time.Minute)
	_, err := b.back("and these", 2, 1)
	wantReason(t, err, fault.OrderState, connect.CodeFailedPrecondition)
	b.is(orderv1.OrderState_ORDER_STATE_DELIVERED)
	s.verify()
}
