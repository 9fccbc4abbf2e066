package main

import (
	"net/http"
	"testing"
	"time"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/order/internal/group"
)

func (s *shop) cancel(user, orderID string) (*orderv1.Order, error) {
	res, err := s.as(user).CancelOrder(s.t.Context(), &orderv1.CancelOrderRequest{OrderId: orderID})
	return res.GetOrder(), err
}

func (s *shop) group(user, groupID string) *orderv1.GetGroupResponse {
	s.t.Helper()
	res, err := s.as(user).GetGroup(s.t.Context(), &orderv1.GetGroupRequest{GroupId: groupID})
	if err != nil {
		s.t.Fatal(err)
	}
	return res
}

func TestAGroupThatNobodyJoinsExpires(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	res := s.buy("hanako", start(c))
	s.w.WaitTask("order-deadline")
	s.w.Advance(24 * time.Hour)
	o := s.becomes("hanako", res.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CANCELLED)
	if o.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_GROUP_EXPIRED {
		t.Errorf("cancelled for %s", o.GetCancelReason())
	}
	s.w.WaitEvent("group.expired")
	s.w.WaitEvent("order.cancelled")
	s.wantCounts(c.Skus[0], 10, 0)
	if g := s.group("hanako", res.GetGroup().GetGroupId()); g.GetMembership().GetState() != orderv1.MemberState_MEMBER_STATE_FAILED || g.GetInvite() != nil {
		t.Errorf("membership = %v", g)
	}
	_, err := s.as("taro").Checkout(t.Context(), join(c, res.GetInvite()))
	wantReason(t, err, fault.GroupOver, connect.CodeFailedPrecondition)
	s.buy("hanako", start(c)) // the slot is free again
	s.verify()
}

func TestTasksComeEarlyTwiceAndLate(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 3, 10)
	req := start(c)
	req.Payment = saved("pm_card_silent")
	unpaid := s.buy("jiro", req).GetOrder()
	res := s.buy("hanako", start(c))
	tasks := s.by("tasks")
	run := func() {
		t.Helper()
		for range 2 {
			_, err := tasks.ReachDeadline(t.Context(), &orderv1.ReachDeadlineRequest{GroupId: res.GetGroup().GetGroupId()})
			_, err2 := tasks.ExpireHold(t.Context(), &orderv1.ExpireHoldRequest{OrderId: unpaid.GetOrderId()})
			_, err3 := tasks.FanOut(t.Context(), &orderv1.FanOutRequest{GroupId: res.GetGroup().GetGroupId()})
			_, err4 := s.by("scheduler").Sweep(t.Context(), &orderv1.SweepRequest{})
			for _, err := range []error{err, err2, err3, err4} {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	run()
	if got := s.order("hanako", res.GetOrder().GetOrderId()).GetState(); got != orderv1.OrderState_ORDER_STATE_AWAITING_GROUP {
		t.Errorf("early: order is %s", got)
	}
	s.w.Advance(25 * time.Hour)
	run()
	if got := s.order("hanako", res.GetOrder().GetOrderId()).GetCancelReason(); got != orderv1.CancelReason_CANCEL_REASON_GROUP_EXPIRED {
		t.Errorf("late: order is cancelled for %s", got)
	}
	if got := s.order("jiro", unpaid.GetOrderId()).GetCancelReason(); got != orderv1.CancelReason_CANCEL_REASON_PAYMENT_TIMEOUT {
		t.Errorf("late: unpaid order is cancelled for %s", got)
	}
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}

func TestASeatHeldAtTheDeadlineMayConfirmInTheGrace(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	first := s.buy("hanako", start(c))
	s.w.Advance(24*time.Hour - 30*time.Second)
	req := join(c, first.GetInvite())
	req.Payment = saved("pm_card_silent")
	late := s.buy("taro", req).GetOrder()
	s.w.Advance(60 * time.Second)
	testenv.Eventually(t, func() error {
		return differ("group", s.group("hanako", first.GetGroup().GetGroupId()).GetGroup().GetState(), orderv1.GroupState_GROUP_STATE_CLOSING)
	})
	if _, err := s.cancel("hanako", first.GetOrder().GetOrderId()); fault.ReasonOf(err) != fault.OrderState {
		t.Errorf("leaving a closing group = %v, want ORDER_STATE", err)
	}
	s.answer(late.GetOrderId(), paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED)
	s.payment("payment.authorised", late.GetOrderId())
	s.becomes("hanako", first.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.becomes("taro", late.GetOrderId(), orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.wantCounts(c.Skus[0], 8, 0)
	s.verify()
}

func TestAPaymentAfterTheGraceRevivesNothing(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	first := s.buy("hanako", start(c))
	s.w.Advance(24*time.Hour - 30*time.Second)
	req := join(c, first.GetInvite())
	req.Payment = saved("pm_card_silent")
	late := s.buy("taro", req).GetOrder()
	s.w.Advance(30*time.Second + group.Grace)
	s.payment("payment.authorised", late.GetOrderId())
	s.becomes("taro", late.GetOrderId(), orderv1.OrderState_ORDER_STATE_CANCELLED)
	s.becomes("hanako", first.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CANCELLED)
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}

func TestLeavingAndSuccession(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(3, 5, 10)
	first := s.buy("hanako", start(c))
	second := s.buy("taro", join(c, first.GetInvite()))
	left, err := s.cancel("hanako", first.GetOrder().GetOrderId())
	if err != nil || left.GetState() != orderv1.OrderState_ORDER_STATE_CANCELLED || left.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_LEFT_GROUP {
		t.Fatalf("leaving = %v, %v", left, err)
	}
	g := s.group("taro", first.GetGroup().GetGroupId())
	if !g.GetMembership().GetLeader() || g.GetGroup().GetConfirmed() != 1 || g.GetGroup().GetDeadline().AsTime() != first.GetGroup().GetDeadline().AsTime() {
		t.Errorf("group = %v", g)
	}
	s.buy("hanako", join(c, second.GetInvite())) // joining again is allowed
	for _, who := range []struct{ user, order string }{{"taro", second.GetOrder().GetOrderId()}} {
		if _, err := s.cancel(who.user, who.order); err != nil {
			t.Fatal(err)
		}
	}
	again, err := s.as("hanako").ListMyGroups(t.Context(), &orderv1.ListMyGroupsRequest{})
	if err != nil || len(again.GetGroups()) != 1 || !again.GetGroups()[0].GetMembership().GetLeader() {
		t.Fatalf("hanako's groups = %v, %v", again, err)
	}
	if _, err := s.cancel("hanako", again.GetGroups()[0].GetMembership().GetOrderId()); err != nil {
		t.Fatal(err)
	}
	s.w.WaitEvent("group.cancelled")
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}

func TestCancellingInAFormedGroupLeavesTheGroup(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 4, 10)
	first := s.buy("hanako", start(c))
	second := s.buy("taro", join(c, first.GetInvite()))
	if second.GetGroup().GetState() != orderv1.GroupState_GROUP_STATE_FORMED {
		t.Fatalf("group is %s", second.GetGroup().GetState())
	}
	if _, err := s.cancel("taro", second.GetOrder().GetOrderId()); err != nil {
		t.Fatal(err)
	}
	if g := s.group("taro", first.GetGroup().GetGroupId()); g.GetGroup().GetState() != orderv1.GroupState_GROUP_STATE_FORMED || g.GetMembership().GetState() != orderv1.MemberState_MEMBER_STATE_CANCELLED {
		t.Errorf("group = %v", g)
	}
	s.w.Advance(24 * time.Hour)
	o := s.becomes("hanako", first.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CONFIRMED)
	if o.GetFinalAmounts().GetItems().GetAmount() != 1000 {
		t.Errorf("one member alone pays %v, want the first tier", o.GetFinalAmounts())
	}
	s.verify()
}

func TestAllPayTheTierReached(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 4, 10)
	first := s.buy("user-0", start(c))
	orders := []string{first.GetOrder().GetOrderId()}
	for _, user := range []string{"user-1", "user-2", "user-3"} {
		orders = append(orders, s.buy(user, join(c, first.GetInvite())).GetOrder().GetOrderId())
	}
	for i, orderID := range orders {
		o := s.becomes([]string{"user-0", "user-1", "user-2", "user-3"}[i], orderID, orderv1.OrderState_ORDER_STATE_CONFIRMED)
		if o.GetFinalAmounts().GetTotal().GetAmount() != 1450 || o.GetAmounts().GetTotal().GetAmount() != 1550 {
			t.Errorf("held %v, final %v", o.GetAmounts(), o.GetFinalAmounts())
		}
	}
	s.wantCounts(c.Skus[0], 6, 0)
	s.verify()
}

func TestCancelAfterCapture(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	first := s.buy("hanako", start(c))
	second := s.buy("taro", join(c, first.GetInvite())).GetOrder().GetOrderId()
	if _, err := s.cancel("taro", second); err != nil {
		t.Fatal(err)
	}
	s.payment("payment.captured", second) // comes too late: payment refunds
	if o := s.order("taro", second); o.GetState() != orderv1.OrderState_ORDER_STATE_CANCELLED || o.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_CUSTOMER {
		t.Errorf("order = %v", o)
	}
	hanako := first.GetOrder().GetOrderId()
	s.becomes("hanako", hanako, orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.payment("payment.capture_failed", hanako)
	if o := s.order("hanako", hanako); o.GetCancelReason() != orderv1.CancelReason_CANCEL_REASON_CAPTURE_FAILED {
		t.Errorf("order = %v", o)
	}
	s.wantCounts(c.Skus[0], 10, 0)
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

func TestAFailedPaymentByEventAborts(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	req := start(c)
	req.Payment = saved("pm_card_silent")
	res := s.buy("hanako", req)
	s.payment("payment.failed", res.GetOrder().GetOrderId())
	if g := s.group("hanako", res.GetGroup().GetGroupId()); g.GetGroup().GetState() != orderv1.GroupState_GROUP_STATE_ABORTED {
		t.Errorf("group is %s", g.GetGroup().GetState())
	}
	s.wantCounts(c.Skus[0], 10, 0)
	s.verify()
}

func TestTheTaskFinishesACheckoutThatDied(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	req := start(c)
	req.Payment = saved("pm_card_silent")
	orderID := s.buy("hanako", req).GetOrder().GetOrderId()
	s.answer(orderID, paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED)
	task := s.w.WaitTask("order-authorise")
	for range 2 {
		if status := s.w.RunTask(s.base, task); status != 200 {
			t.Fatalf("the task answered %d", status)
		}
	}
	if o := s.order("hanako", orderID); o.GetState() != orderv1.OrderState_ORDER_STATE_AWAITING_GROUP {
		t.Errorf("order is %s", o.GetState())
	}
	s.verify()
}

func TestAnInviteShowsNobody(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	res := s.buy("hanako", start(c))
	anybody := orderv1connect.NewOrderServiceClient(http.DefaultClient, s.base)
	got, err := anybody.GetInvite(t.Context(), &orderv1.GetInviteRequest{Token: res.GetInvite().GetToken()})
	if err != nil || got.GetGroup().GetConfirmed() != 1 || got.GetServerTime() == nil {
		t.Fatalf("GetInvite = %v, %v", got, err)
	}
	_, err = anybody.GetInvite(t.Context(), &orderv1.GetInviteRequest{Token: "AAAA"})
	wantReason(t, err, fault.InviteInvalid, connect.CodeInvalidArgument)
	_, err = anybody.GetGroup(t.Context(), &orderv1.GetGroupRequest{GroupId: res.GetGroup().GetGroupId()})
	wantReason(t, err, fault.TokenMissing, connect.CodeUnauthenticated)
}

func TestOthersThingsDoNotExist(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	res := s.buy("hanako", start(c))
	taro := s.as("taro")
	_, err := taro.GetOrder(t.Context(), &orderv1.GetOrderRequest{OrderId: res.GetOrder().GetOrderId()})
	wantReason(t, err, fault.NotFound, connect.CodeNotFound)
	_, err = taro.GetGroup(t.Context(), &orderv1.GetGroupRequest{GroupId: res.GetGroup().GetGroupId()})
	wantReason(t, err, fault.NotFound, connect.CodeNotFound)
	_, err = taro.CancelOrder(t.Context(), &orderv1.CancelOrderRequest{OrderId: res.GetOrder().GetOrderId()})
	wantReason(t, err, fault.NotFound, connect.CodeNotFound)
	_, err = s.by("payment").Sweep(t.Context(), &orderv1.SweepRequest{})
	wantReason(t, err, fault.CallerNotAllowed, connect.CodePermissionDenied)
}

func TestListsPage(t *testing.T) {
	t.Parallel()
	s := open(t)
	var want []string
	for range 5 {
		want = append([]string{s.buy("hanako", start(s.campaign(2, 2, 10))).GetOrder().GetOrderId()}, want...)
	}
	var got []string
	req := &orderv1.ListOrdersRequest{PageSize: 2}
	for {
		res, err := s.as("hanako").ListOrders(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range res.GetOrders() {
			got = append(got, o.GetOrderId())
		}
		if req.PageToken = res.GetNextPageToken(); req.PageToken == "" {
			break
		}
		_, err = s.as("taro").ListOrders(t.Context(), req)
		wantReason(t, err, fault.PageTokenInvalid, connect.CodeInvalidArgument)
		_, err = s.as("hanako").ListMyGroups(t.Context(), &orderv1.ListMyGroupsRequest{PageToken: req.PageToken})
		wantReason(t, err, fault.PageTokenInvalid, connect.CodeInvalidArgument)
	}
	if len(got) != len(want) {
		t.Fatalf("listed %v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("place %d = %s, want %s", i, got[i], want[i])
		}
	}
	groups, err := s.as("hanako").ListMyGroups(t.Context(), &orderv1.ListMyGroupsRequest{PageSize: 3})
	if err != nil || len(groups.GetGroups()) != 3 || groups.GetNextPageToken() == "" {
		t.Errorf("groups = %v, %v", groups, err)
	}
}
