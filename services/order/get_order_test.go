package main

import (
	"testing"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
)

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
