package main

import (
	"context"
	"testing"

	"cloud.google.com/go/spanner"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

// TestVerifySeesWhatIsWrong breaks one row for each check and looks whether it is told.
func TestVerifySeesWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	first := s.buy("hanako", start(c))
	second := s.buy("taro", join(c, first.GetInvite())).GetOrder().GetOrderId()
	waiting := s.buy("jiro", start(s.campaign(2, 2, 10)))
	s.becomes("hanako", first.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.verify()

	orderID, groupID := first.GetOrder().GetOrderId(), waiting.GetGroup().GetGroupId()
	tests := map[string]string{
		"I2 counters are rows": `UPDATE Stock SET Reserved = Reserved + 1 WHERE Sku = '` + c.Skus[0] + `'`,
		"I3 conservation":      `UPDATE Stock SET OnHand = OnHand + 2 WHERE Sku = '` + c.Skus[0] + `'`,
		"I7 totals":            `UPDATE Orders SET FinalItems = NULL, FinalTotal = NULL WHERE OrderId = '` + second + `'`,
		"I8 nothing stuck":     `UPDATE BuyerGroups SET DueAt = TIMESTAMP '2020-01-01T00:00:00Z' WHERE GroupId = '` + groupID + `'`,
		"I9 group counts":      `UPDATE Members SET State = 'LEFT' WHERE GroupId = '` + groupID + `'`,
		"I10 one fate":         `UPDATE Orders SET State = 'AWAITING_GROUP' WHERE OrderId = '` + orderID + `'`,
		"I14 request ids":      `UPDATE Requests SET OrderId = 'ord_gone' WHERE OrderId = '` + orderID + `'`,
		"I21 audit":            `DELETE FROM Audit WHERE Version = 2 AND Entity = 'order/` + orderID + `'`,
		"I22 no orphans":       `UPDATE Members SET OrderId = 'ord_gone' WHERE OrderId = '` + second + `'`,
	}
	told := map[string]bool{}
	for _, sql := range tests {
		if _, err := s.db.Update(t.Context(), "break", execute(sql)); err != nil {
			t.Fatal(err)
		}
	}
	res, err := s.by("ops").Verify(t.Context(), &orderv1.VerifyRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range res.GetFindings() {
		told[f.GetInvariant()] = told[f.GetInvariant()] || f.GetViolationCount() > 0
		if f.GetViolationCount() > 0 && len(f.GetViolations()) == 0 {
			t.Errorf("%s names none of its %d violations", f.GetInvariant(), f.GetViolationCount())
		}
	}
	for invariant := range tests {
		if !told[invariant] {
			t.Errorf("%s was broken and not told", invariant)
		}
	}
}

func execute(sql string) func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
	return func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		_, err := tx.Update(ctx, spanner.Statement{SQL: sql})
		return err
	}
}
