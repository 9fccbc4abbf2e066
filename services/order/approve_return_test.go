package main

import (
	"testing"

	"connectrpc.com/connect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestApproveReturn(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.delivered("hanako")
	asked, err := b.back("bruised", 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	req := &orderv1.ApproveReturnRequest{OrderId: b.order, ReturnId: asked.GetReturnId(), Reason: "photo seen"}
	for range 2 {
		res, err := b.merchant.ApproveReturn(t.Context(), req)
		if err != nil || res.GetReturn().GetState() != orderv1.ReturnState_RETURN_STATE_APPROVED || res.GetReturn().GetVersion() != 2 {
			t.Fatalf("approved: %v, %v", res, err)
		}
	}
	_, err = s.admin(testenv.User{ID: "rival", MerchantID: "m_2"}).ApproveReturn(t.Context(), req)
	wantReason(t, err, fault.NotFound, connect.CodeNotFound)
	s.wantAudit("return/"+asked.GetReturnId(), "photo seen", 1)
	s.verify()
}
