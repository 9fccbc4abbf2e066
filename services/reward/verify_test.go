package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/issho-shop/issho/internal/id"

	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
)

// violations puts what was found into an error; nil when nothing was.
func violations(findings []*typev1.Finding) error {
	var found []string
	for _, f := range findings {
		if f.GetViolationCount() != 0 {
			found = append(found, fmt.Sprintf("%s: %q", f.GetInvariant(), f.GetViolations()))
		}
	}
	if found == nil {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(found, "; "))
}

// TestVerifySeesEachWrong breaks the rows in one way after the other; the check of that name must say so, and no other
// break may hide it.
func TestVerifySeesEachWrong(t *testing.T) {
	tests := []struct{ invariant, sql string }{
		{"I11 journals sum to zero", `UPDATE Entries SET Points = Points + 1 WHERE Account = 'CAMPAIGN'`},
		{"I11 journals sum to zero", `DELETE FROM Entries WHERE TRUE`},
		{"I11 journals tell their entries", `UPDATE Journals SET Points = Points + 1 WHERE TRUE`},
		{"I11 balances are entries", `UPDATE Balances SET Available = Available + 1 WHERE TRUE`},
		{"I11 balances are entries", `DELETE FROM Balances WHERE TRUE`},
		{"I17 budgets are entries", `UPDATE Programmes SET Given = Given + 1 WHERE TRUE`},
		{"I17 budgets are entries", `DELETE FROM Programmes WHERE TRUE`},
		{"I17 earnings are entries", `UPDATE Earnings SET Points = Points + 1 WHERE TRUE`},
		{"I17 earnings are entries", `DELETE FROM Earnings WHERE TRUE`},
		{"I17 takings back are entries", `UPDATE Earnings SET ClawedBack = 1 WHERE TRUE`},
		{"I17 taken back when refunded", `UPDATE Orders SET State = 'CANCELLED' WHERE TRUE`},
		{"I17 holds are entries", `UPDATE Holds SET Points = Points + 1 WHERE TRUE`},
		{"I17 returned points are entries", `UPDATE Holds SET State = 'COMMITTED', CheckAt = NULL, Returned = 1 WHERE TRUE`},
		{"I21 programmes are their audit", `DELETE FROM ProgrammeAudits WHERE TRUE`},
		{"I21 programmes are their audit", `UPDATE Programmes SET MemberPoints = 99 WHERE TRUE`},
		{"I8 no hold unchecked", `UPDATE Holds SET CheckAt = TIMESTAMP '2020-01-01 00:00:00Z' WHERE TRUE`},
		{"I12 outbox drained", `INSERT INTO Outbox (Id, Kind, Target, Payload, Headers, DueAt, CreatedAt)
			VALUES ('task/reward-hold/x', 'TASK', 'reward-hold', b'{}', JSON '{}', NULL, TIMESTAMP '2020-01-01 00:00:00Z')`},
	}
	for _, tt := range tests {
		t.Run(tt.invariant, func(t *testing.T) {
			w := start(t)
			w.fund("hanako")
			if err := w.hold(id.New("ord"), "hanako", 10); err != nil {
				t.Fatal(err)
			}
			w.wantSound()
			w.exec(tt.sql)
			if err := violations(w.verify()); err == nil || !strings.Contains(err.Error(), tt.invariant) {
				t.Errorf("after %s\nfound %v, want %s", tt.sql, err, tt.invariant)
			}
		})
	}
}
