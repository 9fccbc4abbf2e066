package main

import (
	"testing"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
)

// timeline answers all that has happened to an order, or to a group, page by page.
func (s *shop) timeline(orderID, groupID string) []*orderv1.Step {
	s.t.Helper()
	req := &orderv1.GetTimelineRequest{PageSize: 2, Of: &orderv1.GetTimelineRequest_OrderId{OrderId: orderID}}
	if groupID != "" {
		req.Of = &orderv1.GetTimelineRequest_GroupId{GroupId: groupID}
	}
	var steps []*orderv1.Step
	for {
		res, err := s.admin(operator).GetTimeline(s.t.Context(), req)
		if err != nil {
			s.t.Fatal(err)
		}
		steps = append(steps, res.GetSteps()...)
		if req.PageToken = res.GetNextPageToken(); req.PageToken == "" {
			return steps
		}
	}
}

func TestTheTimelineTellsWhoDidWhat(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	req := start(c)
	first := s.buy("hanako", req)
	taro := s.buy("taro", join(c, first.GetInvite())).GetOrder().GetOrderId()
	hanako := first.GetOrder().GetOrderId()
	s.becomes("hanako", hanako, orderv1.OrderState_ORDER_STATE_CONFIRMED)
	type step struct{ From, To, What, Actor string }
	told := func(steps []*orderv1.Step) (all []step) {
		for i, st := range steps {
			if st.GetVersion() != int64(i+1) || st.GetOccurTime() == nil || st.GetMethod() == "" {
				t.Errorf("step %d = %v", i, st)
			}
			all = append(all, step{st.GetFromState(), st.GetToState(), st.GetWhat(), st.GetActor()})
		}
		return all
	}
	if diff := cmp.Diff([]step{
		{"", "PENDING_PAYMENT", "checkout", "user/taro"},
		{"PENDING_PAYMENT", "AWAITING_GROUP", "authorised", "user/taro"},
		{"AWAITING_GROUP", "CONFIRMED", "group settled", "user/taro"},
	}, told(s.timeline(taro, ""))); diff != "" {
		t.Errorf("taro's order (-want +got):\n%s", diff)
	}
	if steps := s.timeline(hanako, ""); steps[0].GetRequestId() != req.GetRequestId() || steps[0].GetMethod() != "/issho.order.v1.OrderService/Checkout" {
		t.Errorf("the first step = %v", steps[0])
	}
	if diff := cmp.Diff([]step{
		{"", "PENDING", "start", "user/hanako"},
		{"PENDING", "OPEN", "leader authorised", "user/hanako"},
		{"OPEN", "OPEN", "join", "user/taro"},
		{"OPEN", "FORMED", "minimum reached", "user/taro"},
		{"FORMED", "SETTLED", "complete", "user/taro"},
		{"SETTLED", "SETTLED", "outcome carried out", "user/taro"},
	}, told(s.timeline("", first.GetGroup().GetGroupId()))); diff != "" {
		t.Errorf("the group (-want +got):\n%s", diff)
	}
	ask := &orderv1.GetTimelineRequest{Of: &orderv1.GetTimelineRequest_OrderId{OrderId: id.New("ord")}}
	_, err := s.admin(operator).GetTimeline(t.Context(), ask)
	wantReason(t, err, fault.NotFound, connect.CodeNotFound)
	_, err = s.admin(merchant).GetTimeline(t.Context(), ask)
	wantReason(t, err, fault.CallerNotAllowed, connect.CodePermissionDenied)
}
