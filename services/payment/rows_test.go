package main

import (
	"context"
	"fmt"
	"slices"

	"cloud.google.com/go/spanner"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// row is the order's payment.
func (x *shop) row(orderID string) payment.Payment {
	x.Helper()
	ctx := x.Context()
	known, ok, err := payment.OfOrder(ctx, x.db.Single(), orderID)
	if err != nil || !ok {
		x.Fatalf("payment of %s: %v %v", orderID, ok, err)
	}
	p, _, err := payment.Get(ctx, x.db.Single(), known)
	if err != nil {
		x.Fatal(err)
	}
	return p
}

// states are those that the audit has of an order's payment.
func (x *shop) states(orderID string) []payment.State {
	x.Helper()
	type row struct {
		Version int64
		To      payment.State `spanner:"ToState"`
		Actor   string
		Method  string
	}
	stmt := spanner.NewStatement("SELECT Version, ToState, Actor, Method FROM PaymentAudit WHERE PaymentId = @id ORDER BY Version")
	stmt.Params["id"] = x.row(orderID).ID
	rows, err := spandb.All[row](x.Context(), x.db.Single(), "test", stmt)
	if err != nil {
		x.Fatal(err)
	}
	var out []payment.State
	for i, r := range rows {
		if r.Version != int64(i+1) || r.Actor == "" || r.Actor == "public" || r.Method == "" {
			x.Errorf("audit row %d: %+v", i+1, r)
		}
		out = append(out, r.To)
	}
	return out
}

// events are the types of what was published about an order's payment.
func (x *shop) events(orderID string) []string {
	x.Helper()
	p := x.row(orderID)
	var types []string
	testenv.Eventually(x, func() error {
		types = nil
		for _, e := range x.w.Events() {
			if e.Attributes["ce-subject"] == "payment/"+p.ID {
				types = append(types, e.Type())
			}
		}
		return x.unsent()
	})
	slices.Sort(types)
	return slices.Compact(types)
}

func (x *shop) count(table string) int64 {
	x.Helper()
	type row struct{ N int64 }
	got, _, err := spandb.One[row](x.Context(), x.db.Single(), "test", spanner.NewStatement("SELECT COUNT(*) AS N FROM "+table))
	if err != nil {
		x.Fatal(err)
	}
	return got.N
}

// unsent is an error while something waits in the outbox.
func (x *shop) unsent() error {
	if n := x.count("Outbox"); n > 0 {
		return fmt.Errorf("%d rows are in the outbox", n)
	}
	return nil
}

// sound checks every invariant that Verify knows.
func (x *shop) sound() {
	x.Helper()
	for _, f := range x.verify() {
		if f.GetViolationCount() > 0 {
			x.Errorf("%s: %v", f.GetInvariant(), f.GetViolations())
		}
	}
}

func (x *shop) verify() []*typev1.Finding {
	x.Helper()
	ops := paymentv1connect.NewPaymentInternalServiceClient(x.w.AsService("ops"), x.base)
	res, err := ops.Verify(context.Background(), &paymentv1.VerifyRequest{})
	if err != nil {
		x.Fatal(err)
	}
	return res.GetFindings()
}
