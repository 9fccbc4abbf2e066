package main

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/spandb"
)

// told is how many violations of one check are answered in words.
const told = "20"

// check is one invariant as two queries: how many rows there are to look at (N), and one line (Line) per violation.
type check struct{ invariant, count, violations string }

// checks may use @late: what was due before is late.
var checks = []check{
	{
		"I11 journals sum to zero", `SELECT COUNT(*) AS N FROM Journals`,
		`SELECT CONCAT(j.JournalId, ' sums to ', CAST(IFNULL(SUM(e.Points), 0) AS STRING)) AS Line
		 FROM Journals j LEFT JOIN Entries e ON e.JournalId = j.JournalId
		 GROUP BY j.JournalId HAVING COUNT(e.Points) < 2 OR SUM(e.Points) != 0`,
	},
	{
		"I11 journals tell their entries", `SELECT COUNT(*) AS N FROM Journals`,
		`SELECT CONCAT(j.JournalId, ' tells ', CAST(j.Points AS STRING)) AS Line
		 FROM Journals j JOIN Entries e ON e.JournalId = j.JournalId
		 GROUP BY j.JournalId, j.Points, j.CustomerId
		 HAVING SUM(IF(e.Account IN ('PENDING', 'AVAILABLE') AND e.Holder = j.CustomerId, e.Points, 0)) != j.Points`,
	},
	{
		"I11 balances are entries", `SELECT COUNT(*) AS N FROM Balances`,
		`SELECT CONCAT('balance of ', IFNULL(b.CustomerId, e.Holder)) AS Line
		 FROM Balances b FULL JOIN (
		   SELECT Holder, SUM(IF(Account = 'PENDING', Points, 0)) AS Pending,
		     SUM(IF(Account = 'AVAILABLE', Points, 0)) AS Available, SUM(IF(Account = 'HELD', Points, 0)) AS Held
		   FROM Entries WHERE Account IN ('PENDING', 'AVAILABLE', 'HELD') GROUP BY Holder) e ON e.Holder = b.CustomerId
		 WHERE b.CustomerId IS NULL OR b.Pending != IFNULL(e.Pending, 0)
		   OR b.Available != IFNULL(e.Available, 0) OR b.Held != IFNULL(e.Held, 0)`,
	},
	{
		"I17 budgets are entries", `SELECT COUNT(*) AS N FROM Programmes`,
		`SELECT CONCAT('programme of ', IFNULL(p.CampaignId, e.Holder)) AS Line
		 FROM Programmes p FULL JOIN (
		   SELECT Holder, -SUM(Points) AS Given FROM Entries WHERE Account = 'CAMPAIGN' GROUP BY Holder) e ON e.Holder = p.CampaignId
		 WHERE p.CampaignId IS NULL OR p.Given != IFNULL(e.Given, 0) OR p.Given < 0 OR p.Given > p.Budget`,
	},
	{
		"I17 earnings are entries", `SELECT COUNT(*) AS N FROM Earnings`,
		`SELECT CONCAT('earning of ', IFNULL(x.JournalId, j.JournalId)) AS Line
		 FROM Earnings x FULL JOIN (SELECT JournalId, Points FROM Journals WHERE Kind = 'EARN') j ON j.JournalId = x.JournalId
		 WHERE x.JournalId IS NULL OR j.JournalId IS NULL OR x.Points != j.Points`,
	},
	{
		"I17 takings back are entries", `SELECT COUNT(*) AS N FROM Earnings WHERE ClawedBack > 0`,
		`SELECT CONCAT('points of ', x.CampaignId) AS Line
		 FROM (SELECT CampaignId, SUM(Points - ClawedBack) AS Given FROM Earnings GROUP BY CampaignId) x
		 JOIN Programmes p ON p.CampaignId = x.CampaignId WHERE p.Given != x.Given`,
	},
	{
		"I17 taken back when refunded", `SELECT COUNT(*) AS N FROM Orders WHERE State = 'CANCELLED'`,
		`SELECT CONCAT(x.Rule, ' of ', x.OrderId) AS Line
		 FROM Earnings x JOIN Orders o ON o.OrderId = x.OrderId WHERE o.State = 'CANCELLED' AND x.ClawedBack < x.Points`,
	},
	{
		"I17 holds are entries", `SELECT COUNT(*) AS N FROM Holds`,
		`SELECT CONCAT('holds of ', b.CustomerId) AS Line
		 FROM Balances b LEFT JOIN (
		   SELECT CustomerId, SUM(Points) AS Held FROM Holds WHERE State = 'HELD' GROUP BY CustomerId) h ON h.CustomerId = b.CustomerId
		 WHERE b.Held != IFNULL(h.Held, 0)`,
	},
	{
		"I17 returned points are entries", `SELECT COUNT(*) AS N FROM Holds WHERE State IN ('COMMITTED', 'RETURNED')`,
		`SELECT CONCAT('points of ', h.OrderId) AS Line
		 FROM Holds h LEFT JOIN (SELECT OrderId, SUM(Points) AS Back FROM Journals WHERE Kind = 'RETURN' GROUP BY OrderId) j ON j.OrderId = h.OrderId
		 WHERE h.State IN ('COMMITTED', 'RETURNED') AND (IFNULL(j.Back, 0) > h.Points
		   OR IFNULL(j.Back, 0) != IF(h.State = 'RETURNED', h.Points, h.Returned))`,
	},
	{
		"I21 programmes are their audit", `SELECT COUNT(*) AS N FROM ProgrammeAudits`,
		`SELECT CONCAT('programme of ', p.CampaignId) AS Line
		 FROM Programmes p LEFT JOIN ProgrammeAudits a ON a.CampaignId = p.CampaignId AND a.Version = p.Version
		 WHERE a.CampaignId IS NULL OR a.Budget != p.Budget OR a.MemberPoints != p.MemberPoints
		   OR a.LeaderPoints != p.LeaderPoints OR a.InviterPoints != p.InviterPoints
		   OR p.Version != (SELECT COUNT(*) FROM ProgrammeAudits v WHERE v.CampaignId = p.CampaignId)`,
	},
	{
		"I8 no hold unchecked", `SELECT COUNT(*) AS N FROM Holds WHERE State = 'HELD'`,
		`SELECT CONCAT('hold of ', OrderId) AS Line FROM Holds WHERE State = 'HELD' AND CheckAt < @late`,
	},
	{
		"I8 no message stuck", `SELECT COUNT(*) AS N FROM Outbox`,
		`SELECT Id AS Line FROM Outbox WHERE CreatedAt < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 60 SECOND)`,
	},
	{"I12 outbox drained", `SELECT COUNT(*) AS N FROM Outbox`, `SELECT Id AS Line FROM Outbox`},
}

// Verify runs every check on one snapshot.
func (s *rewardServer) Verify(ctx context.Context, _ *rewardv1.VerifyRequest) (*rewardv1.VerifyResponse, error) {
	var res *rewardv1.VerifyResponse
	err := s.db.Snapshot(ctx, func(ctx context.Context, r spandb.Reader) error {
		res = &rewardv1.VerifyResponse{}
		now, err := spandb.Now(ctx, r, s.clock)
		if err != nil {
			return err
		}
		for _, c := range checks {
			f, err := c.run(ctx, r, now.Add(-time.Minute))
			if err != nil {
				return err
			}
			res.Findings = append(res.Findings, f)
		}
		return nil
	})
	return res, err
}

func (c check) run(ctx context.Context, r spandb.Reader, late time.Time) (*typev1.Finding, error) {
	looked, err := count(ctx, r, c.count, late)
	if err != nil {
		return nil, err
	}
	wrong, err := count(ctx, r, "SELECT COUNT(*) AS N FROM ("+c.violations+")", late)
	if err != nil {
		return nil, err
	}
	f := &typev1.Finding{Invariant: c.invariant, Checked: looked, ViolationCount: wrong}
	if wrong == 0 {
		return f, nil
	}
	lines, err := spandb.All[struct{ Line string }](ctx, r, "verify", statement(c.violations+" LIMIT "+told, late))
	for _, l := range lines {
		f.Violations = append(f.Violations, l.Line)
	}
	return f, err
}

func count(ctx context.Context, r spandb.Reader, sql string, late time.Time) (int64, error) {
	row, _, err := spandb.One[struct{ N int64 }](ctx, r, "verify_count", statement(sql, late))
	return row.N, err
}

func statement(sql string, late time.Time) spanner.Statement {
	return spanner.Statement{SQL: sql, Params: map[string]any{"late": late}}
}
