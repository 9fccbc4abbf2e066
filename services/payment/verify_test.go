package main

import (
	"context"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// Each check sees what it is there for.
func TestVerify(t *testing.T) {
	x := open(t)
	taken := x.authorised()
	x.confirm(taken)
	p := x.reaches(taken, payment.Captured)
	held := x.row(x.authorised())
	x.sound()
	for _, tt := range []struct {
		name string
		sql  string
		want []string
	}{
		{"money of a dead order", "UPDATE Payments SET Dead = true WHERE PaymentId = '" + p.ID + "'", []string{"I5 money has a meaning"}},
		{"captured without a ledger", "UPDATE Payments SET State = 'CAPTURED', Captured = 10 WHERE PaymentId = '" + held.ID + "'",
			[]string{"I11 ledgers", "I21 audit"}},
		{"a state without its audit", "UPDATE Payments SET State = 'UNKNOWN', StateAt = '2020-01-01T00:00:00Z', NextAt = NULL WHERE PaymentId = '" + held.ID + "'",
			[]string{"I21 audit", "I8 nothing stuck"}},
		{"an audit row lost", "DELETE FROM PaymentAudit WHERE Version = 1 AND PaymentId = '" + held.ID + "'", []string{"I21 audit"}},
		{"an entry changed", "UPDATE JournalEntries SET Amount = 1 WHERE Line = 2 AND JournalId = 'capture/" + p.ID + "'", []string{"I11 ledgers"}},
		{"two captures", "INSERT INTO PaymentOps (PaymentId, OpId, Kind, State, Amount, Currency, RefundId, ProviderId, Code, StartedAt) " +
			"VALUES ('" + p.ID + "', 'op_2', 'CAPTURE', 'DONE', 1, 'JPY', '', '', '', CURRENT_TIMESTAMP())", []string{"I4 one charge"}},
		{"a message left behind", "INSERT INTO Outbox (Id, Kind, Target, Payload, Headers, CreatedAt) " +
			"VALUES ('x', 'NONE', '', b'', JSON '{}', '2020-01-01T00:00:00Z')", []string{"I8 nothing stuck"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := x.in(t)
			if diff := cmp.Diff(tt.want, x.brokenBy(tt.sql)); diff != "" {
				t.Errorf("violated (-want +got):\n%s", diff)
			}
		})
	}
}

// brokenBy runs a change that nothing in the service can make, and returns the invariants that see it. The change is undone.
func (x *shop) brokenBy(sql string) []string {
	x.Helper()
	tx, err := spanner.NewReadWriteStmtBasedTransaction(x.Context(), x.db.Client())
	if err != nil {
		x.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Update(x.Context(), spanner.NewStatement(sql)); err != nil {
		x.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range payment.Checks {
		_, n, lines, err := c.Run(x.Context(), tx, time.Now())
		if err != nil {
			x.Fatal(err)
		}
		if n > 0 {
			seen[c.Invariant] = true
			if len(lines) == 0 {
				x.Errorf("%s: %d violations and no line", c.Invariant, n)
			}
		}
	}
	return sorted(seen)
}
