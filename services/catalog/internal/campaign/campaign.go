// Package campaign holds group offers: who buys a product together pays the price of the tier that the group reaches.
//
// Whoever joins is authorised at the first tier's price, the highest, and is captured later at that of the tier reached:
// so tiers only fall, and the card's hold must outlive the group. Groups copy these rules when they start; a later change
// does not touch them.
package campaign

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/money"
)

// The states of a campaign.
const (
	Draft = "DRAFT" // seen by its merchant and operators
	Live  = "LIVE"  // seen by everybody between its start and its end
	Ended = "ENDED" // over for good
)

const (
	// DefaultWindow is how long a group gathers where the campaign does not say.
	DefaultWindow = 24 * time.Hour
	// MinWindow and MaxWindow bound it. A window must end a day before the shortest hold of a card does.
	MinWindow = 10 * time.Minute
	MaxWindow = min(5*24*time.Hour, shortestHold-24*time.Hour)
	// shortestHold is how long every card we take keeps an authorisation.
	shortestHold = 7 * 24 * time.Hour
	// leastCharge is the least that the payment provider charges, in yen.
	leastCharge = 50
)

// Campaign is a campaign as stored in campaigns/{id}.
type Campaign struct {
	ID                  string            `firestore:"campaign_id"`
	MerchantID          string            `firestore:"merchant_id"` // its product's
	ProductID           string            `firestore:"product_id"`
	Title               map[string]string `firestore:"title"` // by language
	SKUs                []string          `firestore:"skus"`
	MinSize             int32             `firestore:"min_size"` // members, the leader counted
	MaxSize             int32             `firestore:"max_size"`
	Tiers               []Tier            `firestore:"tiers"`
	WindowSeconds       int64             `firestore:"window_seconds"`
	MaxUnitsPerOrder    int32             `firestore:"max_units_per_order"`
	MaxUnitsPerCustomer int32             `firestore:"max_units_per_customer"`
	StartTime           time.Time         `firestore:"start_time"`
	EndTime             time.Time         `firestore:"end_time"`
	State               string            `firestore:"state"`
	Version             int64             `firestore:"version"` // 1 when new
	UpdatedAt           time.Time         `firestore:"updated_at"`

	// Stored is when the document read was last written: the precondition of replacing it.
	Stored time.Time `firestore:"-"`
}

// Tier is the unit price from a size on.
type Tier struct {
	Size      int32       `firestore:"size"`
	UnitPrice money.Money `firestore:"unit_price"`
}

// Check refuses a campaign that cannot be kept: FIELD_INVALID.
func (c Campaign) Check() error {
	if w := time.Duration(c.WindowSeconds) * time.Second; w < MinWindow || w > MaxWindow {
		return fault.Field("campaign.window", fmt.Sprintf("must be %v to %v", MinWindow, MaxWindow))
	}
	if c.MinSize < 2 || c.MaxSize < c.MinSize {
		return fault.Field("campaign.max_size", "must be at least min_size, and that at least 2")
	}
	if !c.EndTime.After(c.StartTime) {
		return fault.Field("campaign.end_time", "must be after start_time")
	}
	return c.checkTiers()
}

// checkTiers holds that tiers begin at min_size and fall with size, down to what can still be charged.
func (c Campaign) checkTiers() error {
	for i, t := range c.Tiers {
		path := fmt.Sprintf("campaign.tiers[%d]", i)
		switch {
		case t.UnitPrice.Currency != "JPY":
			return fault.Field(path+".unit_price.currency", "must be JPY")
		case t.UnitPrice.Amount < leastCharge:
			return fault.Field(path+".unit_price.amount", fmt.Sprintf("must be at least %d yen, the least that can be charged", leastCharge))
		case t.Size > c.MaxSize:
			return fault.Field(path+".size", "must not be above max_size")
		case i == 0 && t.Size != c.MinSize:
			return fault.Field(path+".size", "the first tier must stand at min_size")
		case i > 0 && t.Size <= c.Tiers[i-1].Size:
			return fault.Field(path+".size", "must grow from tier to tier")
		case i > 0 && t.UnitPrice.Amount >= c.Tiers[i-1].UnitPrice.Amount:
			return fault.Field(path+".unit_price.amount", "must fall from tier to tier")
		}
	}
	if len(c.Tiers) == 0 {
		return fault.Field("campaign.tiers", "must have a tier at min_size")
	}
	return nil
}

// Fits refuses a campaign that its product, with these SKUs, live or not, cannot serve: FIELD_INVALID.
func (c Campaign) Fits(skus []string, live bool) error {
	for i, sku := range c.SKUs {
		if !slices.Contains(skus, sku) {
			return fault.Field(fmt.Sprintf("campaign.skus[%d]", i), "is no variant of the product")
		}
	}
	if c.State == Live && !live {
		return fault.Field("campaign.state", "the product is not live")
	}
	return nil
}

// Follow makes c the next version of old: what may not change stays.
func (c *Campaign) Follow(old Campaign) error {
	if old.State == Ended && c.State != Ended {
		return fault.Field("campaign.state", "what is ended stays ended")
	}
	if c.ProductID != old.ProductID {
		return fault.Field("campaign.product_id", "cannot change; create another campaign")
	}
	c.ID, c.MerchantID, c.Stored = old.ID, old.MerchantID, old.Stored
	c.Version = old.Version + 1
	return nil
}

// LiveAt tells whether customers may see the campaign, and start a group, at a time.
func (c Campaign) LiveAt(now time.Time) bool {
	return c.State == Live && !now.Before(c.StartTime) && now.Before(c.EndTime)
}

// Etag stands for the version that a change builds on.
func (c Campaign) Etag() string { return strconv.FormatInt(c.Version, 10) }

// SeenBy tells whether a caller may see the campaign: anybody a live one, its merchant and operators any.
func (c Campaign) SeenBy(merchantID string, operator bool, now time.Time) bool {
	return c.LiveAt(now) || c.OwnedBy(merchantID, operator)
}

// OwnedBy tells whether a caller may change the campaign.
func (c Campaign) OwnedBy(merchantID string, operator bool) bool {
	return operator || merchantID != "" && merchantID == c.MerchantID
}

// IDs are those of campaigns.
func IDs(all []Campaign) []string {
	ids := make([]string, len(all))
	for i, c := range all {
		ids[i] = c.ID
	}
	return ids
}
