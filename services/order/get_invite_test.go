package main

import (
	"net/http"
	"testing"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"

	"github.com/issho-shop/issho/internal/fault"
)

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
