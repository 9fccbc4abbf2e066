package order

import "time"

// Dispute is how a customer's objection at their bank stands.
type Dispute string

// The dispute's states, as payment tells them.
const (
	Disputed    Dispute = "DISPUTED" // the bank has taken the money away and decides
	DisputeWon  Dispute = "WON"
	DisputeLost Dispute = "LOST"
)

var disputes = map[Dispute]string{
	Disputed:    "payment disputed at the bank",
	DisputeWon:  "dispute won",
	DisputeLost: "dispute lost",
}

// Disputes notes in the order's trail how a dispute of its payment stands, as of the payment's version. The order's own
// state stays: what is to be done about its parcels is for people. It reports false when something as new was heard before.
func (o *Order) Disputes(d Dispute, version int64, now time.Time) bool {
	what, known := disputes[d]
	if !known || version <= o.DisputeAt {
		return false
	}
	o.Dispute, o.DisputeAt = d, version
	o.move(now, o.State, "", what)
	return true
}
