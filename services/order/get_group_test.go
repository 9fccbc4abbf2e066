package main

import (
	"testing"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
)

func (s *shop) group(user, groupID string) *orderv1.GetGroupResponse {
	s.t.Helper()
	res, err := s.as(user).GetGroup(s.t.Context(), &orderv1.GetGroupRequest{GroupId: groupID})
	if err != nil {
		s.t.Fatal(err)
	}
	return res
}

func TestMembersSeeTheirGroup(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(3, 5, 10)
	first := s.buy("hanako", start(c))
	second := s.buy("taro", join(c, first.GetInvite()))
	groupID := first.GetGroup().GetGroupId()
	for user, leads := range map[string]bool{"hanako": true, "taro": false} {
		got := s.group(user, groupID)
		if got.GetMembership().GetLeader() != leads || got.GetMembership().GetState() != orderv1.MemberState_MEMBER_STATE_CONFIRMED {
			t.Errorf("%s's membership = %v", user, got.GetMembership())
		}
		if got.GetGroup().GetConfirmed() != 2 || got.GetInvite().GetToken() == "" {
			t.Errorf("%s sees %v", user, got)
		}
	}
	if got := s.group("taro", groupID).GetMembership().GetOrderId(); got != second.GetOrder().GetOrderId() {
		t.Errorf("taro's order is %s, want %s", got, second.GetOrder().GetOrderId())
	}
	_, err := s.as("jiro").GetGroup(t.Context(), &orderv1.GetGroupRequest{GroupId: groupID})
	wantReason(t, err, fault.NotFound, connect.CodeNotFound)
}
