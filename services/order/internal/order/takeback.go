package order

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/spandb"
)

// ReturnState is where a return stands, spelt as in the contract.
type ReturnState string

// The states of a return.
const (
	ReturnRequested ReturnState = "REQUESTED"
	ReturnApproved  ReturnState = "APPROVED"
	ReturnRejected  ReturnState = "REJECTED"
	ReturnReceived  ReturnState = "RECEIVED"
)

// Return is one row of Returns with its lines: goods that a customer gives back.
type Return struct {
	OrderID     string      `spanner:"OrderId"`
	ReturnID    string      `spanner:"ReturnId"`
	MerchantID  string      `spanner:"MerchantId"`
	State       ReturnState `spanner:"State"`
	Reason      string      `spanner:"Reason"`
	Version     int64       `spanner:"Version"`
	RequestedAt time.Time   `spanner:"RequestedAt"`
	UpdatedAt   time.Time   `spanner:"UpdatedAt"`

	Parts []Part `spanner:"-"`
}

type returnLine struct {
	OrderID  string `spanner:"OrderId"`
	ReturnID string `spanner:"ReturnId"`
	Line     int64  `spanner:"Line"`
	SKU      string `spanner:"Sku"`
	Quantity int64  `spanner:"Quantity"`
}

// Move takes the return to another state. It reports false when it is there already, ORDER_STATE when it cannot get there:
// what is requested is approved or rejected, what is approved is received or rejected, and the rest is final.
func (r *Return) Move(to ReturnState, now time.Time) (bool, error) {
	switch {
	case r.State == to:
		return false, nil
	case r.State == "" && to == ReturnRequested:
		r.RequestedAt = now
	case r.State == ReturnRequested && (to == ReturnApproved || to == ReturnRejected):
	case r.State == ReturnApproved && (to == ReturnReceived || to == ReturnRejected):
	default:
		return false, fault.New(fault.OrderState, "state", string(r.State))
	}
	r.State, r.UpdatedAt = to, now
	r.Version++
	return true, nil
}

// Returns answers an order's returns.
func Returns(ctx context.Context, r spandb.Reader, orderID string) ([]*Return, error) {
	prefix := spanner.Key{orderID}.AsPrefix()
	rows, err := spandb.Rows[Return](ctx, r, "Returns", prefix)
	if err != nil {
		return nil, err
	}
	lines, err := spandb.Rows[returnLine](ctx, r, "ReturnLines", prefix)
	returns := make([]*Return, 0, len(rows))
	for i := range rows {
		back := &rows[i]
		for _, l := range lines {
			if l.ReturnID == back.ReturnID {
				back.Parts = append(back.Parts, Part{l.Line, l.Quantity})
			}
		}
		returns = append(returns, back)
	}
	return returns, err
}

// Write returns the mutation that stores the return.
func (r *Return) Write() (*spanner.Mutation, error) {
	return spanner.InsertOrUpdateStruct("Returns", r)
}

// WriteLines returns the mutations that store what is in a new return of the order given.
func (r *Return) WriteLines(o *Order) ([]*spanner.Mutation, error) {
	var rows []*spanner.Mutation
	for _, part := range r.Parts {
		m, err := spanner.InsertStruct("ReturnLines", &returnLine{
			OrderID: r.OrderID, ReturnID: r.ReturnID, Line: part.Line, SKU: o.Lines.V[part.Line-1].SKU, Quantity: part.Quantity,
		})
		if err != nil {
			return nil, err
		}
		rows = append(rows, m)
	}
	return rows, nil
}

// RefundOf answers the refund with the id given, from its rows; nil when there is none.
func RefundOf(ctx context.Context, r spandb.Reader, orderID, refundID string) (*Refund, error) {
	lines, err := spandb.Rows[RefundLine](ctx, r, "RefundLines", spanner.Key{orderID, refundID}.AsPrefix())
	if err != nil || len(lines) == 0 {
		return nil, err
	}
	back := &Refund{RefundID: refundID, Lines: lines, At: lines[0].At}
	for _, l := range lines {
		back.Money += l.Money
		back.Points += l.Points
	}
	return back, nil
}

// ForgetReason takes the customer's words off a return.
func (r *Return) ForgetReason() *spanner.Mutation {
	return spanner.Update("Returns", []string{"OrderId", "ReturnId", "Reason"}, []any{r.OrderID, r.ReturnID, ""})
}
