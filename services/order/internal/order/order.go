// Package order is what is true of an order: its states, the functions that move it between them, and its sums.
//
// Every transition is conditional on the present state, so that a repeat changes nothing, and adds to the order's trail,
// from which the verb writes audit rows and events. CANCELLED and COMPLETED never revive. The package knows nothing of
// groups, stock or payments; what an order is told of them comes as arguments.
package order

import (
	"slices"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// State is where an order stands, spelt as in the contract.
type State string

// The states of an order.
const (
	PendingPayment State = "PENDING_PAYMENT"
	AwaitingGroup  State = "AWAITING_GROUP"
	Confirmed      State = "CONFIRMED"
	Paid           State = "PAID"
	PartlyShipped  State = "PARTLY_SHIPPED"
	Shipped        State = "SHIPPED"
	Delivered      State = "DELIVERED"
	Completed      State = "COMPLETED"
	Cancelled      State = "CANCELLED"
)

// Reason is why an order was cancelled, spelt as in the contract.
type Reason string

// The reasons for cancelling.
const (
	PaymentFailed    Reason = "PAYMENT_FAILED"
	PaymentTimeout   Reason = "PAYMENT_TIMEOUT"
	Customer         Reason = "CUSTOMER"
	LeftGroup        Reason = "LEFT_GROUP"
	GroupExpired     Reason = "GROUP_EXPIRED"
	GroupCancelled   Reason = "GROUP_CANCELLED"
	CaptureFailed    Reason = "CAPTURE_FAILED"
	MerchantShortage Reason = "MERCHANT_SHORTAGE"
	Operator         Reason = "OPERATOR"
)

// Order is one row of Orders. Amounts are in minor units of Currency.
type Order struct {
	OrderID       string               `spanner:"OrderId"`
	CustomerID    string               `spanner:"CustomerId"`
	State         State                `spanner:"State"`
	CancelReason  Reason               `spanner:"CancelReason"`
	GroupID       string               `spanner:"GroupId"`
	CampaignID    string               `spanner:"CampaignId"`
	LeaderID      string               `spanner:"LeaderId"`
	InviterID     string               `spanner:"InviterId"`
	CartKey       spanner.NullString   `spanner:"CartKey"`
	CartVersion   int64                `spanner:"CartVersion"`
	Lines         spandb.JSON[[]Line]  `spanner:"Lines"`
	Units         int64                `spanner:"Units"`
	Address       spandb.JSON[Address] `spanner:"Address"`
	Currency      string               `spanner:"Currency"`
	Items         int64                `spanner:"Items"`
	Shipping      int64                `spanner:"Shipping"`
	Coupon        int64                `spanner:"Coupon"`
	Points        int64                `spanner:"Points"`
	Total         int64                `spanner:"Total"`
	FinalItems    spanner.NullInt64    `spanner:"FinalItems"`
	FinalTotal    spanner.NullInt64    `spanner:"FinalTotal"`
	CouponCode    string               `spanner:"CouponCode"`
	SavedMethodID string               `spanner:"SavedMethodId"`
	PaymentID     string               `spanner:"PaymentId"`
	DeclineCode   spanner.NullString   `spanner:"DeclineCode"`
	HoldEndAt     time.Time            `spanner:"HoldEndAt"`
	HoldShard     spanner.NullInt64    `spanner:"HoldShard"`
	Version       int64                `spanner:"Version"`
	CreatedAt     time.Time            `spanner:"CreatedAt"`
	UpdatedAt     time.Time            `spanner:"UpdatedAt"`
	ParcelsOut    int64                `spanner:"ParcelsOut"`
	OpenReturns   int64                `spanner:"OpenReturns"`
	DeliveredAt   spanner.NullTime     `spanner:"DeliveredAt"`
	CompleteAt    spanner.NullTime     `spanner:"CompleteAt"`
	CompleteShard spanner.NullInt64    `spanner:"CompleteShard"`
	Dispute       Dispute              `spanner:"Dispute"`
	DisputeAt     int64                `spanner:"DisputeVersion"`

	trail   []Transition
	changed bool
	fresh   bool // made in this transaction
}

// Line is one thing bought, as it was when the order was made.
type Line struct {
	SKU        string
	ProductID  string
	MerchantID string
	TitleJA    string
	TitleEN    string
	Options    map[string]string
	Quantity   int64
	UnitPrice  int64 // minor units; of the first tier for a group order until CONFIRMED, then of the tier reached
	TaxPercent int64
	Discount   int64 // this line's share of coupon and points
	Points     int64 `json:",omitempty"` // of the discount, what points paid
	Shipped    int64 `json:",omitempty"` // units that left in parcels
	Cancelled  int64 `json:",omitempty"` // units that will not be shipped
	Returning  int64 `json:",omitempty"` // units in open returns
	Returned   int64 `json:",omitempty"` // units that came back
}

// Address is where an order goes. Personal data: in the order's row only.
type Address struct {
	Name, PostalCode, Prefecture, City, Line1, Line2, Phone string
}

// Transition is one step of an order, with the order as it stood after it.
type Transition struct {
	From   State
	Event  string // the event that tells of it, "order.paid"; empty for none
	Reason string // what happened, for the audit
	After  Order
	Parcel *Parcel // of order.shipped
	Refund *Refund // of order.refund_due
}

// Trail answers every transition since it was last asked for, oldest first.
func (o *Order) Trail() []Transition {
	trail := o.trail
	o.trail = nil
	return trail
}

// Changed says whether the row has to be written.
func (o *Order) Changed() bool { return o.changed }

// Place makes a new order, unpaid, whose hold ends at the time given. The caller has filled in what is bought.
func (o *Order) Place(holdEnd, now time.Time) {
	o.CreatedAt, o.HoldEndAt, o.fresh = now, holdEnd, true
	for _, l := range o.Lines.V {
		o.Units += l.Quantity
	}
	if o.CartVersion > 0 {
		o.CartKey = spanner.NullString{StringVal: cartKey(o.CustomerID, o.CartVersion), Valid: true}
	}
	o.move(now, PendingPayment, "", "checkout")
}

// Solo says whether the order is bought alone.
func (o *Order) Solo() bool { return o.GroupID == "" }

// Ended says whether the order never changes again.
func (o *Order) Ended() bool { return o.State == Cancelled || o.State == Completed }

// Authorise marks the payment as held: a group order awaits its group, a solo one is bought. It reports false, and changes
// nothing, when the order is not PENDING_PAYMENT.
func (o *Order) Authorise(payment string, now time.Time) bool {
	if o.State != PendingPayment {
		return false
	}
	o.PaymentID = payment
	if !o.Solo() {
		o.move(now, AwaitingGroup, "order.authorised", "authorised")
		return true
	}
	o.fix(o.Items)
	o.move(now, Confirmed, "order.authorised", "authorised")
	o.move(now, Confirmed, "order.confirmed", "price is final")
	return true
}

// Confirm buys a group order at the final price of a unit, under the leader whom the group has in the end. It reports false when the order is not AWAITING_GROUP.
func (o *Order) Confirm(leader string, unitPrice int64, now time.Time) bool {
	if o.State != AwaitingGroup {
		return false
	}
	o.LeaderID = leader
	var items int64
	o.Lines.V = slices.Clone(o.Lines.V)
	for i := range o.Lines.V {
		o.Lines.V[i].UnitPrice = unitPrice
		items += unitPrice * o.Lines.V[i].Quantity
	}
	o.fix(items)
	o.move(now, Confirmed, "order.confirmed", "group settled")
	return true
}

// Decline notes why the payment of an unpaid order has failed; any other stays as it is.
func (o *Order) Decline(code string) {
	if o.State == PendingPayment && code != "" {
		o.DeclineCode = spanner.NullString{StringVal: code, Valid: true}
	}
}

// Pay marks the order's money as captured. It reports false when the order is not CONFIRMED.
func (o *Order) Pay(now time.Time) bool {
	if o.State != Confirmed {
		return false
	}
	o.move(now, Paid, "order.paid", "captured")
	return true
}

// Cancel ends the order. It reports false when it has ended before, or has been shipped at least in part.
func (o *Order) Cancel(why Reason, now time.Time) bool {
	switch o.State {
	case PendingPayment, AwaitingGroup, Confirmed, Paid:
	default:
		return false
	}
	o.CancelReason = why
	o.CartKey = spanner.NullString{}
	o.move(now, Cancelled, "order.cancelled", "cancelled: "+string(why))
	return true
}

// fix makes the price final.
func (o *Order) fix(items int64) {
	o.FinalItems = spanner.NullInt64{Int64: items, Valid: true}
	o.FinalTotal = spanner.NullInt64{Int64: items - o.Coupon - o.Points + o.Shipping, Valid: true}
}

// move is the one place where an order changes state.
func (o *Order) move(now time.Time, to State, event, why string) {
	from := o.State
	o.State = to
	o.Version++
	o.changed = true
	o.UpdatedAt = now
	o.HoldShard = shardIf(to == PendingPayment, o.OrderID)
	o.CompleteAt = o.completion()
	o.CompleteShard = shardIf(o.CompleteAt.Valid, o.OrderID)
	after := *o
	after.trail = nil
	o.trail = append(o.trail, Transition{From: from, Event: event, Reason: why, After: after})
}

// Named tells whether the order says whose it is, beyond the account's random id.
func (o *Order) Named() bool { return o.Address.V != (Address{}) }

// Unname takes the address off an order that is over. It is no transition: all that the audit tells of the order stays, the
// id of the saved method with it, which names nothing once payment has taken the method off the provider.
func (o *Order) Unname() { o.Address.V = Address{} }

// WithoutAddress answers a copy that holds no personal data.
func (o Order) WithoutAddress() Order {
	o.Address = spandb.JSON[Address]{}
	o.trail = nil
	return o
}
