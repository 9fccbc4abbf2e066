package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cloud.google.com/go/spanner"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"

	"github.com/issho-shop/issho/internal/spandb"
)

// check is one invariant, or a part of it with a name of its own, as a query: every row it answers is a violation, told in its column What.
type check struct {
	invariant string
	table     string // whose rows it looks at
	sql       string
}

// checks are the invariants that order's tables can tell.
var checks = []check{
	{"I1 no oversell", "Stock", `SELECT Sku AS What FROM Stock WHERE Reserved < 0 OR Reserved > OnHand`},
	{"I2 counters are rows", "Stock", `SELECT s.Sku AS What FROM Stock AS s
		LEFT JOIN (SELECT Sku, SUM(Quantity) AS N FROM Reservations WHERE State IN ('HELD', 'CONFIRMED') GROUP BY Sku) AS r ON r.Sku = s.Sku
		WHERE s.Reserved != IFNULL(r.N, 0)`},
	{"I3 moves sum up to what is on hand", "Stock", `SELECT s.Sku AS What FROM Stock AS s
		LEFT JOIN (SELECT Sku, SUM(Delta) AS N FROM StockMoves GROUP BY Sku) AS m ON m.Sku = s.Sku WHERE s.OnHand != IFNULL(m.N, 0)`},
	{"I3 sold is what orders have bought", "Reservations", `SELECT r.OrderId AS What FROM Reservations AS r JOIN Orders AS o ON o.OrderId = r.OrderId
		LEFT JOIN (SELECT OrderId, Sku, SUM(Quantity) AS N FROM RefundLines GROUP BY OrderId, Sku) AS b ON b.OrderId = r.OrderId AND b.Sku = r.Sku
		WHERE IF(o.State IN ('CONFIRMED', 'PAID', 'PARTLY_SHIPPED', 'SHIPPED', 'DELIVERED', 'COMPLETED'),
			r.State != IF(r.Quantity = IFNULL(b.N, 0), 'RESTOCKED', 'CONSUMED') OR r.Restocked != IFNULL(b.N, 0), r.State = 'CONSUMED')`},
	{"I3 orders have claimed their units", "Orders", `SELECT o.OrderId AS What FROM Orders AS o
		LEFT JOIN (SELECT OrderId, SUM(Quantity) AS N FROM Reservations GROUP BY OrderId) AS r ON r.OrderId = o.OrderId WHERE o.Units != IFNULL(r.N, 0)`},
	{"I7 totals", "Orders", `SELECT OrderId AS What FROM Orders WHERE Total != Items - Coupon - Points + Shipping OR Total < 0 OR FinalTotal > Total`},
	{"I7 what is bought has its price", "Orders", `SELECT OrderId AS What FROM Orders
		WHERE FinalTotal IS NULL AND State NOT IN ('PENDING_PAYMENT', 'AWAITING_GROUP', 'CANCELLED')`},
	{"I8 no hold is stuck", "Orders", `SELECT OrderId AS What FROM Orders WHERE State = 'PENDING_PAYMENT' AND HoldEndAt < TIMESTAMP_SUB(@now, INTERVAL 60 SECOND)`},
	{"I8 no deadline is stuck", "BuyerGroups", `SELECT GroupId AS What FROM BuyerGroups WHERE DueAt < TIMESTAMP_SUB(@now, INTERVAL 60 SECOND)`},
	{"I8 no outcome is stuck", "BuyerGroups", `SELECT GroupId AS What FROM BuyerGroups WHERE FanOutShard IS NOT NULL AND UpdatedAt < TIMESTAMP_SUB(@now, INTERVAL 60 SECOND)`},
	{"I9 no group is overfull", "BuyerGroups", `SELECT GroupId AS What FROM BuyerGroups WHERE Held + Confirmed > MaxSize`},
	{"I9 group counts", "BuyerGroups", `SELECT g.GroupId AS What FROM BuyerGroups AS g
		LEFT JOIN (SELECT GroupId, COUNTIF(State = 'HELD') AS H, COUNTIF(State = 'CONFIRMED') AS C FROM Members GROUP BY GroupId) AS m ON m.GroupId = g.GroupId
		WHERE g.State IN ('PENDING', 'OPEN', 'CLOSING', 'FORMED') AND (g.Held != IFNULL(m.H, 0) OR g.Confirmed != IFNULL(m.C, 0))`},
	{"I10 an outcome reaches every order", "Members", `SELECT m.OrderId AS What FROM Members AS m JOIN BuyerGroups AS g ON g.GroupId = m.GroupId
		JOIN Orders AS o ON o.OrderId = m.OrderId WHERE g.FanOutShard IS NULL AND g.State IN ('SETTLED', 'EXPIRED', 'CANCELLED', 'CLOSED')
		AND o.State IN ('PENDING_PAYMENT', 'AWAITING_GROUP')`},
	{"I10 nobody buys in a lost group", "Members", `SELECT m.OrderId AS What FROM Members AS m JOIN BuyerGroups AS g ON g.GroupId = m.GroupId
		JOIN Orders AS o ON o.OrderId = m.OrderId WHERE g.FanOutShard IS NULL AND g.State IN ('EXPIRED', 'CANCELLED', 'CLOSED', 'ABORTED')
		AND g.FinalUnitPrice IS NULL AND o.State != 'CANCELLED'`},
	{"I12 outbox drained", "Outbox", `SELECT Id AS What FROM Outbox WHERE CreatedAt < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 60 SECOND)`},
	{"I14 a request has an order or a refusal", "Requests", `SELECT OrderId AS What FROM Requests WHERE (Refusal IS NULL) = (OrderId = '' AND Made IS NULL)`},
	{"I14 a request's order is there", "Requests", `SELECT r.OrderId AS What FROM Requests AS r LEFT JOIN Orders AS o ON o.OrderId = r.OrderId
		WHERE r.OrderId != '' AND o.OrderId IS NULL`},
	{"I21 audit of orders", "Orders", `SELECT o.OrderId AS What FROM Orders AS o LEFT JOIN
		(SELECT Entity, COUNT(*) AS N, MAX(Version) AS Last FROM Audit GROUP BY Entity) AS a ON a.Entity = CONCAT('order/', o.OrderId)
		WHERE IFNULL(a.N, 0) != o.Version OR a.Last != o.Version`},
	{"I21 audit of groups", "BuyerGroups", `SELECT g.GroupId AS What FROM BuyerGroups AS g LEFT JOIN
		(SELECT Entity, COUNT(*) AS N, MAX(Version) AS Last FROM Audit GROUP BY Entity) AS a ON a.Entity = CONCAT('group/', g.GroupId)
		WHERE IFNULL(a.N, 0) != g.Version OR a.Last != g.Version`},
	{"I22 no member without order", "Members", `SELECT m.OrderId AS What FROM Members AS m LEFT JOIN Orders AS o ON o.OrderId = m.OrderId WHERE o.OrderId IS NULL`},
	{"I22 no order without its group", "Orders", `SELECT o.OrderId AS What FROM Orders AS o LEFT JOIN BuyerGroups AS g ON g.GroupId = o.GroupId WHERE o.GroupId != '' AND g.GroupId IS NULL`},
}

// fulfilmentChecks are what order's tables can tell of what happens to an order after it is paid, and of coupons.
var fulfilmentChecks = []check{
	{"I3 conservation", "ShipmentLines", `SELECT r.OrderId AS What FROM Reservations AS r JOIN Orders AS o ON o.OrderId = r.OrderId
		LEFT JOIN (SELECT OrderId, Sku, SUM(Quantity) AS N FROM ShipmentLines GROUP BY OrderId, Sku) AS s ON s.OrderId = r.OrderId AND s.Sku = r.Sku
		LEFT JOIN (SELECT OrderId, Sku, SUM(Quantity) AS N FROM RefundLines GROUP BY OrderId, Sku) AS b ON b.OrderId = r.OrderId AND b.Sku = r.Sku
		LEFT JOIN (SELECT l.OrderId, l.Sku, SUM(l.Quantity) AS N, SUM(IF(t.State = 'RECEIVED', l.Quantity, 0)) AS Back
			FROM ReturnLines AS l JOIN Returns AS t ON t.OrderId = l.OrderId AND t.ReturnId = l.ReturnId
			WHERE t.State != 'REJECTED' GROUP BY l.OrderId, l.Sku) AS t ON t.OrderId = r.OrderId AND t.Sku = r.Sku
		WHERE IFNULL(t.N, 0) > IFNULL(s.N, 0)
		OR IFNULL(s.N, 0) + IFNULL(b.N, 0) - IFNULL(t.Back, 0) > r.Quantity
		OR (o.State IN ('SHIPPED', 'DELIVERED', 'COMPLETED')) != (IFNULL(s.N, 0) + IFNULL(b.N, 0) - IFNULL(t.Back, 0) = r.Quantity) AND o.State != 'PARTLY_SHIPPED'`},
	{"I3 conservation", "Shipments", `SELECT o.OrderId AS What FROM Orders AS o
		LEFT JOIN (SELECT OrderId, COUNT(*) AS N FROM Shipments WHERE State = 'SHIPPED' GROUP BY OrderId) AS s ON s.OrderId = o.OrderId
		WHERE o.ParcelsOut != IFNULL(s.N, 0) OR (s.N > 0 AND o.State NOT IN ('PARTLY_SHIPPED', 'SHIPPED'))`},
	{"I3 conservation", "Returns", `SELECT o.OrderId AS What FROM Orders AS o
		LEFT JOIN (SELECT OrderId, COUNT(*) AS N FROM Returns WHERE State IN ('REQUESTED', 'APPROVED') GROUP BY OrderId) AS r ON r.OrderId = o.OrderId
		WHERE o.OpenReturns != IFNULL(r.N, 0) OR (r.N > 0 AND o.State NOT IN ('SHIPPED', 'DELIVERED'))`},
	{"I7 totals", "RefundLines", `SELECT o.OrderId AS What FROM Orders AS o
		JOIN (SELECT OrderId, SUM(Money) AS Money, SUM(Points) AS Points FROM RefundLines GROUP BY OrderId) AS b ON b.OrderId = o.OrderId
		WHERE o.FinalTotal IS NULL OR b.Money > o.FinalTotal - o.Shipping OR b.Points > o.Points`},
	{"I8 nothing stuck", "Orders", `SELECT OrderId AS What FROM Orders WHERE State = 'DELIVERED' AND CompleteAt < TIMESTAMP_SUB(@now, INTERVAL 120 SECOND)`},
	{"I8 nothing stuck", "Stock", `SELECT Sku AS What FROM Stock WHERE LevelDueAt < TIMESTAMP_SUB(@now, INTERVAL 60 SECOND)`},
	{"I8 nothing stuck", "Shortages", `SELECT ShortageId AS What FROM Shortages WHERE OpenShard IS NOT NULL AND CreatedAt < TIMESTAMP_SUB(@now, INTERVAL 120 SECOND)`},
	{"I17 rewards, coupons", "Coupons", `SELECT c.Code AS What FROM Coupons AS c
		LEFT JOIN (SELECT Code, COUNTIF(State = 'HELD') AS H, COUNTIF(State = 'USED') AS U FROM CouponUses GROUP BY Code) AS u ON u.Code = c.Code
		WHERE c.Held != IFNULL(u.H, 0) OR c.Used != IFNULL(u.U, 0) OR c.Held + c.Used > c.MaxUses`},
	{"I17 rewards, coupons", "CouponUses", `SELECT o.OrderId AS What FROM Orders AS o
		FULL JOIN CouponUses AS u ON u.OrderId = o.OrderId AND u.Code = o.CouponCode
		WHERE o.OrderId IS NULL OR (o.CouponCode != '' AND (u.State IS NULL OR u.State !=
			CASE WHEN o.State = 'CANCELLED' THEN 'RETURNED' WHEN o.State IN ('PENDING_PAYMENT', 'AWAITING_GROUP') THEN 'HELD' ELSE 'USED' END))`},
	{"I21 audit", "Returns", `SELECT r.ReturnId AS What FROM Returns AS r LEFT JOIN
		(SELECT Entity, COUNT(*) AS N, MAX(Version) AS Last FROM Audit GROUP BY Entity) AS a ON a.Entity = CONCAT('return/', r.ReturnId)
		WHERE IFNULL(a.N, 0) != r.Version OR a.Last != r.Version`},
}

// named is how many violations a finding spells out.
const named = 20

// Verify checks the invariants that order's tables can tell, all at one moment.
func (s *server) Verify(ctx context.Context, _ *orderv1.VerifyRequest) (*orderv1.VerifyResponse, error) {
	res := &orderv1.VerifyResponse{}
	err := s.db.Snapshot(ctx, func(ctx context.Context, r spandb.Reader) error {
		now := s.clock.Now()
		all := slices.Concat(checks, fulfilmentChecks)
		rows, err := countRows(ctx, r, all)
		if err != nil {
			return err
		}
		for _, c := range all {
			found, err := c.run(ctx, r, map[string]any{"now": now})
			if err != nil {
				return err
			}
			found.Checked = rows[c.table]
			res.Findings = append(res.Findings, found)
		}
		return nil
	})
	return res, err
}

// countRows counts the rows of each table that is looked at, in one query.
func countRows(ctx context.Context, r spandb.Reader, all []check) (map[string]int64, error) {
	counted := map[string]int64{}
	var counts []string
	for _, c := range all {
		if _, known := counted[c.table]; !known {
			counted[c.table] = 0
			counts = append(counts, fmt.Sprintf("SELECT '%s' AS Name, COUNT(*) AS N FROM %[1]s", c.table))
		}
	}
	rows, err := spandb.All[struct {
		Name string
		N    int64
	}](ctx, r, "verify", spanner.Statement{SQL: strings.Join(counts, " UNION ALL ")})
	for _, row := range rows {
		counted[row.Name] = row.N
	}
	return counted, err
}

func (c check) run(ctx context.Context, r spandb.Reader, params map[string]any) (*typev1.Finding, error) {
	found := &typev1.Finding{Invariant: c.invariant}
	rows, err := spandb.All[struct{ What string }](ctx, r, "verify", spanner.Statement{SQL: c.sql + " LIMIT " + strconv.Itoa(named), Params: params})
	for _, row := range rows {
		found.Violations = append(found.Violations, row.What)
	}
	if found.ViolationCount = int64(len(rows)); err != nil || len(rows) < named {
		return found, err
	}
	all, _, err := spandb.One[struct{ N int64 }](ctx, r, "verify", spanner.Statement{SQL: "SELECT COUNT(*) AS N FROM (" + c.sql + ")", Params: params})
	found.ViolationCount = all.N
	return found, err
}
