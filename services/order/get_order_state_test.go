package main

import (
	"testing"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
)

func TestGetOrderState(t *testing.T) {
	t.Parallel()
	s := open(t)
	orderID := s.buy("hanako", start(s.campaign(2, 2, 10))).GetOrder().GetOrderId()
	for asked, want := range map[string]orderv1.OrderState{
		orderID: orderv1.OrderState_ORDER_STATE_AWAITING_GROUP, id.New("ord"): orderv1.OrderState_ORDER_STATE_UNSPECIFIED,
	} {
		res, err := s.by("reward").GetOrderState(t.Context(), &orderv1.GetOrderStateRequest{OrderId: asked})
		if err != nil || res.GetState() != want {
			t.Errorf("state = %v, %v, want %s", res, err, want)
		}
	}
	_, err := s.by("payment").GetOrderState(t.Context(), &orderv1.GetOrderStateRequest{OrderId: orderID})
	wantReason(t, err, fault.CallerNotAllowed, connect.CodePermissionDenied)
}
