// Package coupon is what is true of a coupon: what it takes off, who may use it, and how many uses are left. Held and used
// together never exceed the maximum, by rule here and by constraint in the store; each use is a row of its own. The package
// knows nothing of orders but their ids.
package coupon

import (
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/spandb"
)

// Coupon is one row of Coupons.
type Coupon struct {
	Code      string             `spanner:"Code"`
	Terms     spandb.JSON[Terms] `spanner:"Terms"`
	MaxUses   int64              `spanner:"MaxUses"`
	Held      int64              `spanner:"Held"`
	Used      int64              `spanner:"Used"`
	CreatedAt time.Time          `spanner:"CreatedAt"`
	UpdatedAt time.Time          `spanner:"UpdatedAt"`

	changed bool
}

// Terms are what a coupon is worth, and to whom. Amounts are in minor units.
type Terms struct {
	Fixed          int64 // off; 0 for a percentage
	Percent        int64 // off the goods' price; 0 for a fixed amount
	Cap            int64 // the most that a percentage takes off
	Minimum        int64 // sum of the goods from which it counts
	From, Until    time.Time
	MaxPerCustomer int64
	CampaignID     string // the only campaign whose orders may use it; empty for all orders
}

// State is where a use stands.
type State string

// The states of a use.
const (
	Held     State = "HELD"
	Used     State = "USED"
	Returned State = "RETURNED"
)

// Use is one row of CouponUses: an order's use of a coupon.
type Use struct {
	Code       string    `spanner:"Code"`
	CustomerID string    `spanner:"CustomerId"`
	OrderID    string    `spanner:"OrderId"`
	State      State     `spanner:"State"`
	UpdatedAt  time.Time `spanner:"UpdatedAt"`
}

// Why a coupon is not usable, the `why` of COUPON_NOT_USABLE.
const (
	Unknown       = "UNKNOWN"
	TooEarly      = "NOT_YET"
	TooLate       = "OVER"
	OtherCampaign = "CAMPAIGN"
	BelowMinimum  = "MINIMUM"
	UsedUp        = "USED_UP"
	CustomerLimit = "CUSTOMER_LIMIT"
)

// NotUsable is the refusal of a coupon, telling why.
func NotUsable(code, why string) *fault.Error {
	return fault.New(fault.CouponNotUsable, "coupon", code, "why", why)
}

// Off answers what the coupon takes off goods that cost items. COUPON_NOT_USABLE when it does not count for them, or not
// now.
func (c *Coupon) Off(items int64, campaign string, now time.Time) (int64, error) {
	t := c.Terms.V
	switch {
	case t.CampaignID != "" && t.CampaignID != campaign:
		return 0, NotUsable(c.Code, OtherCampaign)
	case items < t.Minimum:
		return 0, NotUsable(c.Code, BelowMinimum)
	}
	if err := c.inTime(now); err != nil {
		return 0, err
	}
	off := t.Fixed
	if t.Percent > 0 {
		off = min(items/100*t.Percent+items%100*t.Percent/100, t.Cap)
	}
	return min(off, items), nil
}

func (c *Coupon) inTime(now time.Time) error {
	switch {
	case now.Before(c.Terms.V.From):
		return NotUsable(c.Code, TooEarly)
	case !now.Before(c.Terms.V.Until):
		return NotUsable(c.Code, TooLate)
	}
	return nil
}

// Hold sets a use aside for an order of a customer whose uses so far are given. COUPON_NOT_USABLE when its time is not now,
// or it is used up, by all or by the customer.
func (c *Coupon) Hold(customer, order string, before Uses, now time.Time) (Use, error) {
	if err := c.inTime(now); err != nil {
		return Use{}, err
	}
	switch {
	case c.Held+c.Used >= c.MaxUses:
		return Use{}, NotUsable(c.Code, UsedUp)
	case before.living() >= c.Terms.V.MaxPerCustomer:
		return Use{}, NotUsable(c.Code, CustomerLimit)
	}
	c.Held++
	c.touch(now)
	return Use{Code: c.Code, CustomerID: customer, OrderID: order, State: Held, UpdatedAt: now}, nil
}

// Commit counts a held use as used; any other stays as it is. It reports whether the use has changed.
func (c *Coupon) Commit(u *Use, now time.Time) bool {
	if u.State != Held {
		return false
	}
	c.Held--
	c.Used++
	return c.turn(u, Used, now)
}

// Return gives a use back, so that another order may have it; one given back before stays so. It reports whether the use
// has changed.
func (c *Coupon) Return(u *Use, now time.Time) bool {
	switch u.State {
	case Held:
		c.Held--
	case Used:
		c.Used--
	default:
		return false
	}
	return c.turn(u, Returned, now)
}

func (c *Coupon) turn(u *Use, to State, now time.Time) bool {
	u.State, u.UpdatedAt = to, now
	c.touch(now)
	return true
}

func (c *Coupon) touch(now time.Time) { c.UpdatedAt, c.changed = now, true }

// Changed says whether the row has to be written.
func (c *Coupon) Changed() bool { return c.changed }

// Write returns the mutation that stores the coupon.
func (c *Coupon) Write() (*spanner.Mutation, error) {
	return spanner.InsertOrUpdateStruct("Coupons", c)
}
