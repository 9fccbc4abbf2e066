package main

import (
	"context"
	"sync"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestStartingAGroupHoldsSeatStockAndCard(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	res := s.buy("hanako", start(c))
	if res.GetOrder().GetState() != orderv1.OrderState_ORDER_STATE_AWAITING_GROUP || res.GetGroup().GetState() != orderv1.GroupState_GROUP_STATE_OPEN {
		t.Errorf("order is %s, group is %s", res.GetOrder().GetState(), res.GetGroup().GetState())
	}
	if res.GetGroup().GetConfirmed() != 1 || res.GetInvite().GetToken() == "" || res.GetServerTime() == nil {
		t.Errorf("answer = %v", res)
	}
	if a := res.GetOrder().GetAmounts(); a.GetTotal().GetAmount() != 1550 || a.GetTaxes()[0].GetAmount().GetAmount() != 74 || a.GetTaxes()[1].GetAmount().GetAmount() != 50 {
		t.Errorf("amounts = %v", a)
	}
	s.wantCounts(c.Skus[0], 10, 1)
	var told orderv1.OrderEvent
	s.w.WaitEvent("order.authorised").Decode(t, &told)
	if told.GetOrderId() != res.GetOrder().GetOrderId() || told.GetLeaderId() != "hanako" || told.GetAuthorisedTotal().GetAmount() != 1550 {
		t.Errorf("order.authorised = %v", &told)
	}
	s.verify()
}

func TestTheFriendWhoJoinsSettlesTheGroup(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	first := s.buy("hanako", start(c))
	second := s.buy("taro", join(c, first.GetInvite()))
	if second.GetOrder().GetState() != orderv1.OrderState_ORDER_STATE_CONFIRMED || second.GetGroup().GetState() != orderv1.GroupState_GROUP_STATE_SETTLED {
		t.Errorf("order is %s, group is %s", second.GetOrder().GetState(), second.GetGroup().GetState())
	}
	s.becomes("hanako", first.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.wantCounts(c.Skus[0], 8, 0)
	for _, who := range []struct{ user, order string }{{"hanako", first.GetOrder().GetOrderId()}, {"taro", second.GetOrder().GetOrderId()}} {
		s.payment("payment.captured", who.order)
		if o := s.order(who.user, who.order); o.GetState() != orderv1.OrderState_ORDER_STATE_PAID || o.GetFinalAmounts().GetTotal().GetAmount() != 1550 {
			t.Errorf("%s's order = %v", who.user, o)
		}
	}
	var paid orderv1.OrderEvent
	s.w.WaitEvent("order.paid").Decode(t, &paid)
	if paid.GetLeaderId() != "hanako" || paid.GetFinalTotal().GetAmount() != 1550 {
		t.Errorf("order.paid = %v", &paid)
	}
	if paid.GetCustomerId() == "taro" && paid.GetInviterId() != "hanako" {
		t.Errorf("taro was invited by %q", paid.GetInviterId())
	}
	s.verify()
}

func TestTheLastSeatGoesToOne(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 100)
	first := s.buy("hanako", start(c))
	spare := s.buy("saburo", start(c))
	users := []string{"a", "b", "c", "d", "e", "f"}
	errs := make([]error, len(users))
	var all sync.WaitGroup
	for i, user := range users {
		all.Go(func() { _, errs[i] = s.as(user).Checkout(t.Context(), join(c, first.GetInvite())) })
	}
	all.Wait()
	won := 0
	for i, err := range errs {
		if err == nil {
			won++
			continue
		}
		if reason := fault.ReasonOf(err); reason != fault.GroupFull && reason != fault.GroupOver {
			t.Errorf("%s lost with %v", users[i], err)
		}
		ways, ok := fault.Detail[*orderv1.WaysOn](err)
		if !ok || !ways.GetCanStart() || ways.GetSoloPrice().GetAmount() != 1200 || len(ways.GetGroups()) != 1 ||
			ways.GetGroups()[0].GetGroup().GetGroupId() != spare.GetGroup().GetGroupId() || ways.GetGroups()[0].GetInvite().GetToken() == "" {
			t.Errorf("%s was shown %v", users[i], ways)
		}
	}
	if won != 1 {
		t.Errorf("%d took the last seat", won)
	}
	s.wantCounts(c.Skus[0], 98, 1)
	s.verify()
}

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

func TestOneMembershipInACampaign(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 3, 10)
	first := s.buy("hanako", start(c))
	for _, req := range []*orderv1.CheckoutRequest{start(c), join(c, first.GetInvite())} {
		_, err := s.as("hanako").Checkout(t.Context(), req)
		wantReason(t, err, fault.AlreadyJoined, connect.CodeFailedPrecondition)
		if got := fault.Meta(err, "order_id"); got != first.GetOrder().GetOrderId() {
			t.Errorf("the order named is %q", got)
		}
	}
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
		"more points than there are":    {func(r *orderv1.CheckoutRequest) { r.Points, r.ExpectedTotal = 1200, yen(350) }, fault.PointsNotEnough, connect.CodeFailedPrecondition},
		"all of it by points":           {func(r *orderv1.CheckoutRequest) { r.Points, r.ExpectedTotal = 1450, yen(100) }, fault.FieldInvalid, connect.CodeInvalidArgument},
		"another total":                 {func(r *orderv1.CheckoutRequest) { r.ExpectedTotal = yen(1549) }, fault.PriceChanged, connect.CodeFailedPrecondition},
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

func TestGuestsCannotBuy(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	guest := s.w.As(testenv.User{ID: "guest", Guest: true})
	_, err := orderv1connect.NewOrderServiceClient(guest, s.base).Checkout(t.Context(), start(c))
	wantReason(t, err, fault.CallerNotAllowed, connect.CodePermissionDenied)
}

func TestOneOrderOfACart(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	s.fill("hanako", 3, &cartv1.Line{Sku: c.Skus[0], Quantity: 2})
	cart := func(total int64) *orderv1.CheckoutRequest {
		req := start(c)
		req.What, req.ExpectedTotal = &orderv1.CheckoutRequest_Cart{Cart: &orderv1.BuyCart{CartVersion: 3}}, yen(total)
		return req
	}
	first := s.buy("hanako", cart(2950))
	if o := first.GetOrder(); o.GetState() != orderv1.OrderState_ORDER_STATE_CONFIRMED || o.GetFinalAmounts().GetTotal().GetAmount() != 2950 || o.GetAddress().GetCity() != "渋谷区" {
		t.Errorf("order = %v", o)
	}
	s.wantCounts(c.Skus[0], 8, 0)
	_, err := s.as("hanako").Checkout(t.Context(), cart(2950))
	wantReason(t, err, fault.CartChanged, connect.CodeFailedPrecondition)
	if got := fault.Meta(err, "order_id"); got != first.GetOrder().GetOrderId() {
		t.Errorf("the order named is %q", got)
	}
	if _, err := s.as("hanako").CancelOrder(t.Context(), &orderv1.CancelOrderRequest{OrderId: first.GetOrder().GetOrderId()}); err != nil {
		t.Fatal(err)
	}
	s.wantCounts(c.Skus[0], 10, 0)
	s.buy("hanako", cart(2950))
	s.fill("hanako", 4)
	_, err = s.as("hanako").Checkout(t.Context(), cart(2950))
	wantReason(t, err, fault.CartChanged, connect.CodeFailedPrecondition)
	s.verify()
}

func TestAPriceThatChangedIsToldBeforeAnythingIsHeld(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	s.fill("hanako", 1, &cartv1.Line{Sku: c.Skus[0], Quantity: 1, UnitPriceWhenAdded: yen(1100)})
	req := start(c)
	req.What, req.ExpectedTotal = &orderv1.CheckoutRequest_Cart{Cart: &orderv1.BuyCart{CartVersion: 1}}, yen(1650)
	_, err := s.as("hanako").Checkout(t.Context(), req)
	wantReason(t, err, fault.PriceChanged, connect.CodeFailedPrecondition)
	change, _ := fault.Detail[*orderv1.PriceChange](err)
	if change.GetAmounts().GetTotal().GetAmount() != 1750 || change.GetLines()[0].GetUnitPrice().GetAmount() != 1200 {
		t.Errorf("PRICE_CHANGED tells %v", change)
	}
	s.wantCounts(c.Skus[0], 10, 0)
	req.ExpectedTotal = change.GetAmounts().GetTotal()
	s.buy("hanako", req) // the same request id: that refusal was not kept
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

func TestLimits(t *testing.T) {
	t.Parallel()
	s := open(t)
	for range openGroups {
		s.buy("hanako", start(s.campaign(2, 2, 10)))
	}
	_, err := s.as("hanako").Checkout(t.Context(), start(s.campaign(2, 2, 10)))
	wantReason(t, err, fault.LimitReached, connect.CodeFailedPrecondition)
}

func TestTwoUnpaidHoldsCloseACampaignToAUser(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	for range maxTimeouts {
		req := start(c)
		req.Payment = saved("pm_card_silent")
		o := s.buy("hanako", req).GetOrder()
		if o.GetState() != orderv1.OrderState_ORDER_STATE_PENDING_PAYMENT {
			t.Fatalf("order is %s", o.GetState())
		}
		s.w.Advance(holdFor)
		s.becomes("hanako", o.GetOrderId(), orderv1.OrderState_ORDER_STATE_CANCELLED)
	}
	_, err := s.as("hanako").Checkout(t.Context(), start(c))
	wantReason(t, err, fault.LimitReached, connect.CodeFailedPrecondition)
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}
