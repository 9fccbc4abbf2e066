package main

import (
	"testing"

	"github.com/issho-shop/issho/internal/fault"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
)

// TestEraseUser takes saved methods off the provider; payments stay, and one under way is waited for.
func TestEraseUser(t *testing.T) {
	x := open(t)
	ctx, hanako := t.Context(), x.as("u_hanako")
	setup, err := hanako.CreateSetup(ctx, &paymentv1.CreateSetupRequest{RequestId: "r-1"})
	if err != nil {
		t.Fatal(err)
	}
	x.save(setup.GetClientSecret(), "pm_card_visa")
	saved, err := hanako.ListMethods(ctx, &paymentv1.ListMethodsRequest{})
	if err != nil || len(saved.GetMethods()) != 1 {
		t.Fatalf("ListMethods: %v, %v", saved, err)
	}
	held := x.request(newOrder(), saved.GetMethods()[0].GetMethodId())
	held.CustomerId = "u_hanako"
	if _, err := x.service.Authorise(ctx, held); err != nil {
		t.Fatal(err)
	}
	user := paymentv1connect.NewPaymentInternalServiceClient(x.w.AsService("user"), x.base)
	exported, err := user.ExportUser(ctx, &paymentv1.ExportUserRequest{CustomerId: "u_hanako"})
	if err != nil || len(exported.GetRecords()) != 2 {
		t.Errorf("exported %v, %v; want a method and a payment", exported, err)
	}
	erase := &paymentv1.EraseUserRequest{CustomerId: "u_hanako"}
	if _, err := user.EraseUser(ctx, erase); fault.ReasonOf(err) != fault.OrderState {
		t.Errorf("with money held: %v, want ORDER_STATE", err)
	}
	x.cancel(held.GetOrderId())
	x.reaches(held.GetOrderId(), "VOIDED")
	for i, want := range []int64{1, 0} {
		res, err := user.EraseUser(ctx, erase)
		if err != nil || res.GetErased() != want || res.GetKept() != 1 {
			t.Errorf("time %d: %v, %v; want %d erased and 1 kept", i+1, res, err, want)
		}
	}
	if left, err := hanako.ListMethods(ctx, &paymentv1.ListMethodsRequest{}); err != nil || len(left.GetMethods()) != 0 {
		t.Errorf("methods left: %v, %v", left, err)
	}
	x.sound()
}
