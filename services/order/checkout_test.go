package main

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestARequestIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	req := start(c)
	first := s.buy("hanako", req)
	for range 3 {
		again := s.buy("hanako", req)
		if again.GetOrder().GetOrderId() != first.GetOrder().GetOrderId() {
			t.Errorf("the same request made %s and %s", first.GetOrder().GetOrderId(), again.GetOrder().GetOrderId())
		}
	}
	other := proto.CloneOf(req)
	other.GetStart().Quantity = 2
	_, err := s.as("hanako").Checkout(t.Context(), other)
	wantReason(t, err, fault.RequestIDReused, connect.CodeInvalidArgument)
	if _, err := s.as("jiro").Checkout(t.Context(), other); fault.ReasonOf(err) == fault.RequestIDReused {
		t.Error("another customer's request id was in the way")
	}
	s.wantCounts(c.Skus[0], 10, 1)
	if n := s.authorisations(first.GetOrder().GetOrderId()); n != 1 {
		t.Errorf("payment was asked %d times", n)
	}
}

func TestTheSameRequestAtOnceMakesOneOrder(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	req := start(c)
	ids := make([]string, 8)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			if res, err := s.as("hanako").Checkout(t.Context(), req); err == nil {
				ids[i] = res.GetOrder().GetOrderId()
			} else if connect.CodeOf(err) != connect.CodeAborted {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, got := range ids {
		if got != "" && got != ids[0] && ids[0] != "" {
			t.Errorf("one request made %v", ids)
		}
	}
	s.wantCounts(c.Skus[0], 10, 1)
	s.verify()
}

func TestARefusalIsKept(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 0)
	req := start(c)
	_, err := s.as("hanako").Checkout(t.Context(), req)
	wantReason(t, err, fault.SoldOut, connect.CodeFailedPrecondition)
	s.stock(c.Skus[0], 5)
	_, err = s.as("hanako").Checkout(t.Context(), req)
	wantReason(t, err, fault.SoldOut, connect.CodeFailedPrecondition)
	s.buy("hanako", start(c))
	s.verify()
}

func TestADeclinedCardLeavesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	req := start(c)
	req.Payment = saved("pm_card_declined")
	for range 2 {
		_, err := s.as("hanako").Checkout(t.Context(), req)
		wantReason(t, err, fault.PaymentDeclined, connect.CodeFailedPrecondition)
	}
	s.wantCounts(c.Skus[0], 10, 0)
	s.buy("hanako", start(c)) // the slot is free again
	s.verify()
}

func TestCheckoutRefuses(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	tests := map[string]struct {
		change func(*orderv1.CheckoutRequest)
		reason fault.Reason
		code   connect.Code
	}{
		"without a request id":          {func(r *orderv1.CheckoutRequest) { r.RequestId = "" }, fault.RequestIDMissing, connect.CodeInvalidArgument},
		"without anything to buy":       {func(r *orderv1.CheckoutRequest) { r.What = nil }, fault.FieldInvalid, connect.CodeInvalidArgument},
		"no unit":                       {func(r *orderv1.CheckoutRequest) { r.GetStart().Quantity = 0 }, fault.FieldInvalid, connect.CodeInvalidArgument},
		"more than the campaign allows": {func(r *orderv1.CheckoutRequest) { r.GetStart().Quantity = 6 }, fault.LimitReached, connect.CodeFailedPrecondition},
		"another SKU":                   {func(r *orderv1.CheckoutRequest) { r.GetStart().Sku = id.New("sku") }, fault.FieldInvalid, connect.CodeInvalidArgument},
		"a campaign that is over":       {func(r *orderv1.CheckoutRequest) { r.GetStart().CampaignId = id.New("cmp") }, fault.CampaignNotLive, connect.CodeFailedPrecondition},
		"another's address":             {func(r *orderv1.CheckoutRequest) { r.AddressId = unknownAddress }, fault.FieldInvalid, connect.CodeInvalidArgument},
		"an unknown coupon":             {func(r *orderv1.CheckoutRequest) { r.CouponCode = "SPRING" }, fault.CouponNotUsable, connect.CodeFailedPrecondition},
		"more points than there are": {func(r *orderv1.CheckoutRequest) {
			r.GetStart().Quantity, r.Points, r.ExpectedTotal = 2, 1200, yen(1350)
		}, fault.PointsNotEnough, connect.CodeFailedPrecondition},
		"shipping by points":  {func(r *orderv1.CheckoutRequest) { r.Points, r.ExpectedTotal = 901, yen(649) }, fault.FieldInvalid, connect.CodeInvalidArgument},
		"all of it by points": {func(r *orderv1.CheckoutRequest) { r.Points, r.ExpectedTotal = 1450, yen(100) }, fault.FieldInvalid, connect.CodeInvalidArgument},
		"another total":       {func(r *orderv1.CheckoutRequest) { r.ExpectedTotal = yen(1549) }, fault.PriceChanged, connect.CodeFailedPrecondition},
		"an invite of nobody's": {
			func(r *orderv1.CheckoutRequest) {
				r.What = &orderv1.CheckoutRequest_Join{Join: &orderv1.JoinGroup{InviteToken: "AAAA", Sku: c.Skus[0], Quantity: 1}}
			}, fault.InviteInvalid, connect.CodeInvalidArgument,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			req := start(c)
			test.change(req)
			_, err := s.as("hanako").Checkout(t.Context(), req)
			wantReason(t, err, test.reason, test.code)
		})
	}
	_, err := s.as("hanako").Checkout(t.Context(), func() *orderv1.CheckoutRequest { r := start(c); r.ExpectedTotal = yen(1); return r }())
	if change, ok := fault.Detail[*orderv1.PriceChange](err); !ok || change.GetAmounts().GetTotal().GetAmount() != 1550 {
		t.Errorf("PRICE_CHANGED tells %v", change)
	}
	s.wantCounts(c.Skus[0], 10, 0)
}

func TestPointsOfARefusedCheckoutAreGivenBack(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 0)
	req := start(c)
	req.Points, req.ExpectedTotal = 200, yen(1350)
	_, err := s.as("hanako").Checkout(t.Context(), req)
	wantReason(t, err, fault.SoldOut, connect.CodeFailedPrecondition)
	if held := s.held(id.Derive("ord", "hanako", "Checkout", req.GetRequestId())); held != 0 {
		t.Errorf("%d points stay held", held)
	}
	s.stock(c.Skus[0], 1)
	req = start(c)
	req.Points, req.ExpectedTotal = 200, yen(1350)
	res := s.buy("hanako", req)
	if s.held(res.GetOrder().GetOrderId()) != 200 || res.GetOrder().GetLines()[0].GetDiscount().GetAmount() != 200 {
		t.Errorf("order = %v", res.GetOrder())
	}
}

func TestPointsOfAnOrderStayHeldWhenAnotherUsesItsRequestID(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	req := start(c)
	req.Points, req.ExpectedTotal = 200, yen(1350)
	other := proto.CloneOf(req)
	other.AddressId = id.New("adr")
	var within atomic.Bool
	s.mu.Lock()
	s.onHold = func(string) {
		if within.CompareAndSwap(false, true) { // the first of the two is overtaken here
			if _, err := s.as("hanako").Checkout(t.Context(), req); err != nil {
				t.Error(err)
			}
		}
	}
	s.mu.Unlock()
	_, err := s.as("hanako").Checkout(t.Context(), other)
	wantReason(t, err, fault.RequestIDReused, connect.CodeInvalidArgument)
	if held := s.held(s.buy("hanako", req).GetOrder().GetOrderId()); held != 200 {
		t.Errorf("%d points are held for an order that spends 200", held)
	}
}

func TestCheckoutsAreRefusedOnlyWhilePaymentDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 100)
	s.fail(true)
	for i := range 10 {
		s.buy("user-"+strconv.Itoa(i), start(c))
	}
	_, err := s.as("hanako").Checkout(t.Context(), start(c))
	wantReason(t, err, fault.ProviderUnavailable, connect.CodeUnavailable)
	s.wantCounts(c.Skus[0], 100, 10)
	s.fail(false)
	testenv.Eventually(t, func() error { _, err := s.as("hanako").Checkout(t.Context(), start(c)); return err })
}

func TestCustomersWhoGoAwayCloseTheShopToNobody(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 100)
	var leave atomic.Pointer[context.CancelFunc]
	s.mu.Lock()
	s.onAsk = func(ctx context.Context, _ string) { (*leave.Load())(); <-ctx.Done() }
	s.mu.Unlock()
	for i := range 10 {
		ctx, cancel := context.WithCancel(t.Context())
		leave.Store(&cancel)
		if _, err := s.as("user-"+strconv.Itoa(i)).Checkout(ctx, start(c)); connect.CodeOf(err) != connect.CodeCanceled {
			t.Fatalf("Checkout = %v, want it cancelled", err)
		}
	}
	s.mu.Lock()
	s.onAsk = nil
	s.mu.Unlock()
	s.buy("hanako", start(c))
}

func TestGuestsCannotBuy(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	guest := s.w.As(testenv.User{ID: "guest", Guest: true})
	_, err := orderv1connect.NewOrderServiceClient(guest, s.base).Checkout(t.Context(), start(c))
	wantReason(t, err, fault.CallerNotAllowed, connect.CodePermissionDenied)
}

func TestACustomerWhoGoesAwayFindsTheOrder(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	req := start(c)
	ctx, leave := context.WithCancel(t.Context())
	var once sync.Once
	s.mu.Lock()
	s.onAsk = func(ctx context.Context, _ string) { once.Do(func() { leave(); <-ctx.Done() }) }
	s.mu.Unlock()
	if _, err := s.as("hanako").Checkout(ctx, req); connect.CodeOf(err) != connect.CodeCanceled {
		t.Fatalf("Checkout = %v, want it cancelled", err)
	}
	res := s.buy("hanako", req)
	if res.GetOrder().GetState() != orderv1.OrderState_ORDER_STATE_AWAITING_GROUP {
		t.Errorf("order is %s", res.GetOrder().GetState())
	}
	s.wantCounts(c.Skus[0], 10, 1)
	s.verify()
}

func TestAnAppThatConfirmsByItself(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	req := start(c)
	req.Payment = &orderv1.PaymentMethod{Method: &orderv1.PaymentMethod_ConfirmInApp{ConfirmInApp: true}}
	res := s.buy("hanako", req)
	if res.GetNextAction().GetClientSecret() == "" || res.GetInvite() != nil || res.GetOrder().GetHoldEndTime() == nil {
		t.Errorf("answer = %v", res)
	}
	orderID := res.GetOrder().GetOrderId()
	s.answer(orderID, paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED)
	s.payment("payment.authorised", orderID)
	if o := s.order("hanako", orderID); o.GetState() != orderv1.OrderState_ORDER_STATE_AWAITING_GROUP {
		t.Errorf("order is %s", o.GetState())
	}
	s.verify()
}
