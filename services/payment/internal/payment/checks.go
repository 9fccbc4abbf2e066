package payment

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Check is one part of an invariant that payment's tables can tell: each row of its query is a violation in one line.
type Check struct {
	Invariant string
	table     string // whose rows are looked at
	sql       string // SELECT … AS Line
}

// Checks are what must always hold, and at rest (I5, I8).
var Checks = []Check{
	{"I4 one charge", "Payments", `
SELECT CONCAT('order ', OrderId, ' has ', CAST(COUNT(*) AS STRING), ' payments') AS Line
FROM Payments GROUP BY OrderId HAVING COUNT(*) > 1`},
	{"I4 one charge", "PaymentOps", `
SELECT CONCAT('payment ', PaymentId, ' was captured by ', CAST(COUNT(*) AS STRING), ' calls') AS Line
FROM PaymentOps WHERE Kind = 'CAPTURE' AND State = 'DONE' GROUP BY PaymentId HAVING COUNT(*) > 1`},
	{"I5 money has a meaning", "Payments", `
SELECT CONCAT('payment ', PaymentId, ' is ', State, ' of a dead order') AS Line
FROM Payments LEFT JOIN (SELECT PaymentId AS Id, SUM(Amount) AS Closed FROM Refunds WHERE State IN ('OUTSIDE', 'FORGONE') GROUP BY PaymentId)
  ON Id = PaymentId WHERE Dead AND State NOT IN ('CAPTURING', 'REFUNDING', 'DISPUTED', 'LOST') AND Captured > Refunded + IFNULL(Closed, 0)`},
	{"I5 money has a meaning", "Payments", `
SELECT CONCAT('payment ', PaymentId, ' is ', State, ' with ', CAST(Captured AS STRING), ' captured and ', CAST(Refunded AS STRING), ' refunded') AS Line
FROM Payments WHERE CASE
  WHEN State IN ('CREATED', 'ACTION', 'UNKNOWN', 'FAILED', 'VOIDED', 'VOIDING', 'AUTHORISED', 'CAPTURING', 'CAPTURE_FAILED') THEN Captured > 0
  WHEN State = 'CAPTURED' THEN Captured = 0 OR Refunded > 0
  WHEN State = 'PARTLY_REFUNDED' THEN Refunded = 0 OR Refunded = Captured
  WHEN State = 'REFUNDED' THEN Captured = 0 OR Refunded < Captured
  ELSE Captured = 0 END`},
	{"I8 nothing stuck", "Payments", `
SELECT CONCAT('payment ', PaymentId, ' is ', State, ' since ', CAST(StateAt AS STRING)) AS Line
FROM Payments WHERE State IN ('CREATED', 'UNKNOWN') AND StateAt < @minuteAgo`},
	{"I8 nothing stuck", "Refunds", `
SELECT CONCAT('refund ', RefundId, ' waits for a decision that nobody is asked for') AS Line
FROM Refunds WHERE State = 'BY_HAND' AND NOT EXISTS (SELECT 1 FROM ManualWork WHERE WorkId = CONCAT('refund/', RefundId) AND Decision = '')`},
	{"I8 nothing stuck", "Outbox", `
SELECT CONCAT('outbox row ', Id, ' is from ', CAST(CreatedAt AS STRING)) AS Line
FROM Outbox WHERE CreatedAt < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 60 SECOND)`},
	{"I11 ledgers", "Payments", `
SELECT CONCAT('payment ', PaymentId, ': refunds add up to ', CAST(IFNULL(Done, 0) AS STRING), ', not to ', CAST(Refunded AS STRING)) AS Line
FROM Payments LEFT JOIN (SELECT PaymentId AS Id, SUM(Amount) AS Done FROM Refunds WHERE State = 'DONE' GROUP BY PaymentId) ON Id = PaymentId
WHERE IFNULL(Done, 0) != Refunded OR Refunded > Captured OR Captured > Authorised`},
	{"I11 ledgers", "Payments", `
SELECT CONCAT('payment ', PaymentId, ': the ledger has ', CAST(IFNULL(Kept, 0) AS STRING), ' of it, not ', CAST(Captured - Refunded AS STRING)) AS Line
FROM Payments LEFT JOIN (
  SELECT j.PaymentId AS Id, SUM(IF(e.Side = 'CREDIT', e.Amount, -e.Amount)) AS Kept
  FROM Journals j JOIN JournalEntries e USING (JournalId) WHERE e.Account = 'orders' AND j.Kind != 'OUTSIDE' GROUP BY j.PaymentId) ON Id = PaymentId
WHERE IFNULL(Kept, 0) != Captured - Refunded`},
	{"I11 ledgers", "Refunds", `
SELECT CONCAT('payment ', PaymentId, ': ', CAST(Asked AS STRING), ' are asked back of ', CAST(Captured AS STRING)) AS Line
FROM Payments JOIN (SELECT PaymentId AS Id, SUM(Amount) AS Asked FROM Refunds GROUP BY PaymentId) ON Id = PaymentId WHERE Asked > Captured`},
	{"I11 ledgers", "Disputes", `
SELECT CONCAT('payment ', d.PaymentId, ': the ledger has not booked dispute ', d.DisputeId, ' as ', d.Status) AS Line
FROM Disputes d WHERE NOT EXISTS (SELECT 1 FROM Journals j WHERE j.JournalId =
  CONCAT(CASE d.Status WHEN 'OPEN' THEN 'dispute/' WHEN 'WON' THEN 'won/' ELSE 'lost/' END, d.DisputeId))`},
	{"I11 ledgers", "Journals", `
SELECT CONCAT('journal ', j.JournalId, ' is out of balance') AS Line
FROM Journals j LEFT JOIN JournalEntries e USING (JournalId) GROUP BY j.JournalId, e.Currency
HAVING IFNULL(SUM(IF(e.Side = 'DEBIT', e.Amount, -e.Amount)), 1) != 0`},
	{"I21 audit", "Payments", `
SELECT CONCAT('payment ', PaymentId, ' is at version ', CAST(Version AS STRING), ' with ', CAST(IFNULL(N, 0) AS STRING), ' audit rows') AS Line
FROM Payments LEFT JOIN (SELECT PaymentId AS Id, COUNT(*) AS N, MAX(Version) AS Top FROM PaymentAudit GROUP BY PaymentId) ON Id = PaymentId
WHERE IFNULL(N, 0) != Version OR IFNULL(Top, 0) != Version`},
	{"I21 audit", "PaymentAudit", `
SELECT CONCAT('payment ', a.PaymentId, ' version ', CAST(a.Version AS STRING), ' comes from ', a.FromState, ', not from ', IFNULL(b.ToState, 'nothing')) AS Line
FROM PaymentAudit a LEFT JOIN PaymentAudit b ON b.PaymentId = a.PaymentId AND b.Version = a.Version - 1
WHERE IFNULL(b.ToState, '') != a.FromState`},
	{"I21 audit", "PaymentAudit", `
SELECT CONCAT('payment ', p.PaymentId, ' is ', p.State, ' and its audit ends in ', a.ToState) AS Line
FROM Payments p JOIN PaymentAudit a ON a.PaymentId = p.PaymentId AND a.Version = p.Version WHERE a.ToState != p.State`},
}

type countRow struct{ N int64 }

type lineRow struct{ Line string }

// Run counts the rows looked at and the violations at now, and shows the first.
func (c Check) Run(ctx context.Context, r spandb.Reader, now time.Time) (checked, violations int64, lines []string, err error) {
	all, _, err := spandb.One[countRow](ctx, r, "verify", spanner.NewStatement("SELECT COUNT(*) AS N FROM "+c.table))
	if err != nil {
		return 0, 0, nil, err
	}
	with := func(sql string) spanner.Statement {
		return spanner.Statement{SQL: sql, Params: map[string]any{"minuteAgo": now.Add(-time.Minute)}}
	}
	bad, _, err := spandb.One[countRow](ctx, r, "verify", with("SELECT COUNT(*) AS N FROM ("+c.sql+")"))
	if err != nil || bad.N == 0 {
		return all.N, 0, nil, err
	}
	rows, err := spandb.All[lineRow](ctx, r, "verify", with("SELECT Line FROM ("+c.sql+") ORDER BY Line LIMIT 20"))
	for _, row := range rows {
		lines = append(lines, row.Line)
	}
	return all.N, bad.N, lines, err
}
