package main

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"cloud.google.com/go/spanner"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"

	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
)

// unbreakable are the checks whose violation the schema itself refuses.
var unbreakable = map[string]bool{"I1 no oversell": true, "I7 totals": true, "I9 no group is overfull": true}

// TestVerifySeesWhatIsWrong breaks one row for each check, one at a time and undone afterwards, and looks whether that check
// tells it and names the row.
func TestVerifySeesWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	first := s.buy("hanako", start(c))
	taro := s.buy("taro", join(c, first.GetInvite())).GetOrder().GetOrderId()
	waiting := s.buy("jiro", start(s.campaign(2, 2, 10)))
	lost := s.buy("saburo", start(s.campaign(2, 2, 10)))
	if _, err := s.stop(lost.GetGroup().GetGroupId()); err != nil {
		t.Fatal(err)
	}
	hanako, settled := first.GetOrder().GetOrderId(), first.GetGroup().GetGroupId()
	s.becomes("hanako", hanako, orderv1.OrderState_ORDER_STATE_CONFIRMED)
	saburo := lost.GetOrder().GetOrderId()
	s.becomes("saburo", saburo, orderv1.OrderState_ORDER_STATE_CANCELLED)
	testenv.Eventually(t, func() error { return s.undone(0) })
	s.verify()

	jiro, open := waiting.GetOrder().GetOrderId(), waiting.GetGroup().GetGroupId()
	long := `TIMESTAMP '2020-01-01T00:00:00Z'`
	tests := map[string]struct{ what, spoil, mend string }{
		"I2 counters are rows":                    {c.Skus[0], `UPDATE Stock SET Reserved = Reserved + 1 WHERE Sku = %q`, `UPDATE Stock SET Reserved = Reserved - 1 WHERE Sku = %q`},
		"I3 moves sum up to what is on hand":      {c.Skus[0], `UPDATE Stock SET OnHand = OnHand + 2 WHERE Sku = %q`, `UPDATE Stock SET OnHand = OnHand - 2 WHERE Sku = %q`},
		"I3 sold is what orders have bought":      {taro, `UPDATE Reservations SET State = 'RELEASED' WHERE OrderId = %q`, `UPDATE Reservations SET State = 'CONSUMED' WHERE OrderId = %q`},
		"I3 orders have claimed their units":      {taro, `UPDATE Orders SET Units = 2 WHERE OrderId = %q`, `UPDATE Orders SET Units = 1 WHERE OrderId = %q`},
		"I7 what is bought has its price":         {taro, `UPDATE Orders SET FinalItems = NULL, FinalTotal = NULL WHERE OrderId = %q`, `UPDATE Orders SET FinalItems = 1000, FinalTotal = 1550 WHERE OrderId = %q`},
		"I8 no hold is stuck":                     {saburo, `UPDATE Orders SET State = 'PENDING_PAYMENT', HoldEndAt = ` + long + ` WHERE OrderId = %q`, `UPDATE Orders SET State = 'CANCELLED' WHERE OrderId = %q`},
		"I8 no deadline is stuck":                 {settled, `UPDATE BuyerGroups SET DueAt = ` + long + ` WHERE GroupId = %q`, `UPDATE BuyerGroups SET DueAt = NULL WHERE GroupId = %q`},
		"I8 no outcome is stuck":                  {open, `UPDATE BuyerGroups SET FanOutShard = 99, UpdatedAt = ` + long + ` WHERE GroupId = %q`, `UPDATE BuyerGroups SET FanOutShard = NULL WHERE GroupId = %q`},
		"I9 group counts":                         {open, `UPDATE Members SET State = 'LEFT' WHERE GroupId = %q`, `UPDATE Members SET State = 'CONFIRMED' WHERE GroupId = %q`},
		"I10 an outcome reaches every order":      {taro, `UPDATE Orders SET State = 'AWAITING_GROUP' WHERE OrderId = %q`, `UPDATE Orders SET State = 'CONFIRMED' WHERE OrderId = %q`},
		"I10 nobody buys in a lost group":         {saburo, `UPDATE Orders SET State = 'PAID' WHERE OrderId = %q`, `UPDATE Orders SET State = 'CANCELLED' WHERE OrderId = %q`},
		"I12 outbox drained":                      {"event/x", `INSERT INTO Outbox (Id, Kind, Target, Payload, Headers, CreatedAt) VALUES (%q, 'NONE', 'order', b'', JSON '{}', ` + long + `)`, `DELETE FROM Outbox WHERE Id = %q`},
		"I14 a request has an order or a refusal": {taro, `UPDATE Requests SET Refusal = JSON '{}' WHERE OrderId = %q`, `UPDATE Requests SET Refusal = NULL WHERE OrderId = %q`},
		"I14 a request's order is there":          {"ord_gone", `UPDATE Requests SET OrderId = %q WHERE OrderId = '` + taro + `'`, `UPDATE Requests SET OrderId = '` + taro + `' WHERE OrderId = %q`},
		"I21 audit of orders":                     {jiro, `UPDATE Orders SET Version = 9 WHERE OrderId = %q`, `UPDATE Orders SET Version = 2 WHERE OrderId = %q`},
		"I21 audit of groups":                     {open, `UPDATE BuyerGroups SET Version = 9 WHERE GroupId = %q`, `UPDATE BuyerGroups SET Version = 2 WHERE GroupId = %q`},
		"I22 no member without order":             {"ord_gone", `UPDATE Members SET OrderId = %q WHERE OrderId = '` + taro + `'`, `UPDATE Members SET OrderId = '` + taro + `' WHERE OrderId = %q`},
		"I22 no order without its group":          {taro, `UPDATE Orders SET GroupId = 'grp_gone' WHERE OrderId = %q`, `UPDATE Orders SET GroupId = '` + settled + `' WHERE OrderId = %q`},
	}
	for _, c := range checks {
		test, ok := tests[c.invariant]
		if ok == unbreakable[c.invariant] {
			t.Errorf("%s is not broken here", c.invariant)
			continue
		} else if !ok {
			continue
		}
		s.execute(fmt.Sprintf(test.spoil, test.what))
		if found, err := s.run(c); err != nil || found.GetViolationCount() == 0 || !slices.Contains(found.GetViolations(), test.what) {
			t.Errorf("%s was broken and not told: %v, %v", c.invariant, found, err)
		}
		s.execute(fmt.Sprintf(test.mend, test.what))
	}
	s.invariants()
}

func TestVerifyNamesSomeAndCountsAll(t *testing.T) {
	t.Parallel()
	s := open(t)
	for i := range named + 3 {
		s.execute(fmt.Sprintf(`INSERT INTO Stock (Sku, MerchantId, OnHand, Reserved, Sequence, Moves, UpdatedAt) VALUES ('sku_%d', 'm_1', 1, 1, 1, 0, TIMESTAMP '2026-01-01T00:00:00Z')`, i))
	}
	res, err := s.by("ops").Verify(t.Context(), &orderv1.VerifyRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.GetFindings() {
		if f.GetInvariant() == "I2 counters are rows" && (f.GetViolationCount() != named+3 || len(f.GetViolations()) != named) {
			t.Errorf("finding = %v", f)
		}
	}
}

// run runs one check.
func (s *shop) run(c check) (found *typev1.Finding, err error) {
	err = s.db.Snapshot(s.t.Context(), func(ctx context.Context, r spandb.Reader) (err error) {
		found, err = c.run(ctx, r, map[string]any{"now": s.w.Clock().Now()})
		return err
	})
	return found, err
}

// undone answers an error unless so many outcomes are on their way.
func (s *shop) undone(want int64) error {
	n, _, err := spandb.One[struct{ N int64 }](s.t.Context(), s.db.Single(), "undone", spanner.Statement{SQL: `SELECT COUNT(FanOutShard) AS N FROM BuyerGroups`})
	if err != nil {
		return err
	}
	return differ("outcomes on their way", n.N, want)
}

// execute changes rows behind the service's back.
func (s *shop) execute(sql string) {
	s.t.Helper()
	if _, err := s.db.Update(s.t.Context(), "execute", execute(sql)); err != nil {
		s.t.Fatal(err)
	}
}

func execute(sql string) func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
	return func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		n, err := tx.Update(ctx, spanner.Statement{SQL: sql})
		if err == nil && n == 0 {
			return fmt.Errorf("no row: %s", sql)
		}
		return err
	}
}
