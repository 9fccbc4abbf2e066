package payment

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Cause is who made a transition, for its audit row.
type Cause struct {
	Actor, Method, RequestID, TraceID string
}

// audit is a row of PaymentAudit.
type audit struct {
	PaymentID string    `spanner:"PaymentId"`
	Version   int64     `spanner:"Version"`
	From      State     `spanner:"FromState"`
	To        State     `spanner:"ToState"`
	Reason    string    `spanner:"Reason"`
	Actor     string    `spanner:"Actor"`
	Method    string    `spanner:"Method"`
	RequestID string    `spanner:"RequestId"`
	TraceID   string    `spanner:"TraceId"`
	MadeAt    time.Time `spanner:"MadeAt"`
}

// Get reads a payment alone.
func Get(ctx context.Context, r spandb.Reader, id string) (Payment, bool, error) {
	return spandb.Get[Payment](ctx, r, "Payments", spanner.Key{id})
}

// LoadAll reads payments with their calls, refunds and disputes, to change them at now; those that are there, by id.
func LoadAll(ctx context.Context, r spandb.Reader, ids []string, now time.Time) (map[string]*Change, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	payments, err := spandb.Rows[Payment](ctx, r, "Payments", keys(ids, false))
	if err != nil {
		return nil, err
	}
	all := make(map[string]*Change, len(payments))
	var taken []string // the others have neither refunds nor disputes
	for _, p := range payments {
		all[p.ID] = &Change{Payment: p, Now: now, before: p}
		if p.Captured > 0 {
			taken = append(taken, p.ID)
		}
	}
	return all, errors.Join(loadOps(ctx, r, all, ids), loadTaken(ctx, r, all, taken))
}

// Load reads one payment so.
func Load(ctx context.Context, r spandb.Reader, id string, now time.Time) (*Change, bool, error) {
	all, err := LoadAll(ctx, r, []string{id}, now)
	return all[id], all[id] != nil, err
}

func loadOps(ctx context.Context, r spandb.Reader, all map[string]*Change, ids []string) error {
	ops, err := spandb.Rows[Op](ctx, r, "PaymentOps", keys(ids, true))
	slices.SortFunc(ops, func(a, b Op) int {
		return cmp.Or(a.StartedAt.Compare(b.StartedAt), cmp.Compare(a.ID, b.ID))
	})
	for _, op := range ops {
		all[op.PaymentID].Ops = append(all[op.PaymentID].Ops, op)
	}
	for _, c := range all {
		c.ops = slices.Clone(c.Ops)
	}
	return err
}

func loadTaken(ctx context.Context, r spandb.Reader, all map[string]*Change, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	refunds, err := spandb.Rows[Refund](ctx, r, "Refunds", keys(ids, true))
	if err != nil {
		return err
	}
	disputes, err := spandb.Rows[Dispute](ctx, r, "Disputes", keys(ids, true))
	for _, re := range refunds {
		all[re.PaymentID].Refunds = append(all[re.PaymentID].Refunds, re)
	}
	for _, d := range disputes {
		all[d.PaymentID].Disputes = append(all[d.PaymentID].Disputes, d)
	}
	for _, id := range ids {
		all[id].refund, all[id].dispute = slices.Clone(all[id].Refunds), slices.Clone(all[id].Disputes)
	}
	return err
}

// keys are the rows of payments, or those interleaved in them.
func keys(ids []string, within bool) spanner.KeySet {
	sets := make([]spanner.KeySet, len(ids))
	for i, id := range ids {
		key := spanner.Key{id}
		sets[i] = key
		if within {
			sets[i] = key.AsPrefix()
		}
	}
	return spanner.KeySets(sets...)
}

type idRow struct {
	ID string `spanner:"PaymentId"`
}

// OfOrders are the ids of orders' payments, by order.
func OfOrders(ctx context.Context, r spandb.Reader, orders []string) (map[string]string, error) {
	type row struct {
		OrderID string `spanner:"OrderId"`
		ID      string `spanner:"PaymentId"`
	}
	if len(orders) == 0 {
		return nil, nil
	}
	rows, err := spandb.Index[row](ctx, r, "Payments", "PaymentsByOrder", keys(orders, false), 0)
	ids := make(map[string]string, len(rows))
	for _, row := range rows {
		ids[row.OrderID] = row.ID
	}
	return ids, err
}

// OfOrder is the id of an order's payment.
func OfOrder(ctx context.Context, r spandb.Reader, orderID string) (string, bool, error) {
	ids, err := OfOrders(ctx, r, []string{orderID})
	return ids[orderID], ids[orderID] != "", err
}

// idsOfIntents are the ids of the payments of some of the provider's objects, by the object's id.
func idsOfIntents(ctx context.Context, r spandb.Reader, intentIDs []string) (map[string]string, error) {
	type row struct {
		IntentID string `spanner:"IntentId"`
		ID       string `spanner:"PaymentId"`
	}
	if len(intentIDs) == 0 {
		return nil, nil
	}
	rows, err := spandb.Index[row](ctx, r, "Payments", "PaymentsByIntent", keys(intentIDs, true), 0)
	ids := make(map[string]string, len(rows))
	for _, row := range rows {
		ids[row.IntentID] = row.ID
	}
	return ids, err
}

// OfIntents are the payments of some of the provider's objects, by the object's id.
func OfIntents(ctx context.Context, r spandb.Reader, intentIDs []string) (map[string]Payment, error) {
	ids, err := idsOfIntents(ctx, r, intentIDs)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	rows, err := spandb.Rows[Payment](ctx, r, "Payments", keys(slices.Collect(maps.Values(ids)), false))
	found := make(map[string]Payment, len(rows))
	for _, p := range rows {
		found[p.IntentID] = p
	}
	return found, err
}

// taskLife is how long a payment's first try is left to its task: longer than the largest group, 10,000 members, takes in the queue
// at the rate that the provider bears.
const taskLife = 30 * time.Minute

// ListDue are the ids of at most limit payments that wait at now, longest first. One that nobody has begun yet (it is due since it
// came into its state) is its task's, until that must have been lost.
func ListDue(ctx context.Context, r spandb.Reader, now time.Time, limit int) ([]string, error) {
	stmt := spanner.NewStatement(`@{spanner_emulator.disable_query_null_filtered_index_check=true}
SELECT PaymentId FROM Payments@{FORCE_INDEX=PaymentsByNext}
WHERE Shard BETWEEN 0 AND 15 AND NextAt <= @now AND (NextAt > StateAt OR StateAt <= @lost) ORDER BY NextAt LIMIT @limit`)
	stmt.Params["now"], stmt.Params["lost"], stmt.Params["limit"] = now, now.Add(-taskLife), int64(limit)
	rows, err := spandb.All[idRow](ctx, r, "payments_due", stmt)
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return ids, err
}

// Before is the payment as it was read; the zero Payment of a new one.
func (c *Change) Before() Payment { return c.before }

// DisputesBefore are the payment's disputes as they were read.
func (c *Change) DisputesBefore() []Dispute { return c.dispute }

// Rows are the mutations of the change: what differs from what was read, and an audit row for each step.
func (c *Change) Rows(by Cause) ([]*spanner.Mutation, error) {
	var w writer
	if c.Payment != c.before {
		p := c.Payment
		p.UpdatedAt = spanner.CommitTimestamp
		w.put("Payments", p, c.before.ID == "")
	}
	for i, op := range c.Ops {
		if i >= len(c.ops) || op != c.ops[i] {
			w.put("PaymentOps", op, i >= len(c.ops))
		}
	}
	for i, r := range c.Refunds {
		if i >= len(c.refund) || r != c.refund[i] {
			w.put("Refunds", r, i >= len(c.refund))
		}
	}
	for i, d := range c.Disputes {
		if i >= len(c.dispute) || d != c.dispute[i] {
			w.put("Disputes", d, i >= len(c.dispute))
		}
	}
	for _, s := range c.Steps {
		w.put("PaymentAudit", audit{
			PaymentID: c.Payment.ID, Version: s.Version, From: s.From, To: s.To, Reason: s.Reason,
			Actor: by.Actor, Method: by.Method, RequestID: by.RequestID, TraceID: by.TraceID, MadeAt: c.Now,
		}, true)
	}
	return w.ms, w.err
}

// writer gathers mutations of struct rows and the first error.
type writer struct {
	ms  []*spanner.Mutation
	err error
}

func (w *writer) put(table string, row any, isNew bool) {
	write := spanner.UpdateStruct
	if isNew {
		write = spanner.InsertStruct
	}
	m, err := write(table, row)
	if err != nil && w.err == nil {
		w.err = err
	}
	w.ms = append(w.ms, m)
}

// OfCustomer answers up to limit payments of a customer whose ids follow after, in the order of their ids.
func OfCustomer(ctx context.Context, r spandb.Reader, customerID, after string, limit int) ([]Payment, error) {
	keys, err := spandb.Index[idRow](ctx, r, "Payments", "PaymentsByCustomer",
		spanner.KeyRange{Start: spanner.Key{customerID, after}, End: spanner.Key{customerID}, Kind: spanner.OpenClosed}, limit)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	rows := make([]spanner.KeySet, 0, len(keys))
	for _, k := range keys {
		rows = append(rows, spanner.Key{k.ID})
	}
	found, err := spandb.Rows[Payment](ctx, r, "Payments", spanner.KeySets(rows...))
	slices.SortFunc(found, func(a, b Payment) int { return cmp.Compare(a.ID, b.ID) })
	return found, err
}

// Rests tells whether no money is on its way in or out.
func (p *Payment) Rests() bool {
	switch p.State {
	case Failed, Captured, Voided, PartlyRefunded, Refunded, Won, Lost:
		return true
	}
	return false
}
