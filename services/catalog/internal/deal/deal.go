// Package deal holds daily deals: variants of one product at one low price for up to a day. The price itself stands in the
// product, as a window that names the deal, so that checkout and page read it where they read all prices; this is what the
// list of deals shows.
package deal

import (
	"fmt"
	"strconv"
	"time"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/money"
)

// The states of a deal.
const (
	Live  = "LIVE"  // seen by everybody between its times
	Ended = "ENDED" // taken back
)

const (
	// longest is how long a deal may last.
	longest = 24 * time.Hour
	// ahead is how long before its start it may be made.
	ahead = 90 * 24 * time.Hour
)

// Deal is a daily deal as stored in deals/{id}.
type Deal struct {
	ID         string            `firestore:"deal_id"`
	MerchantID string            `firestore:"merchant_id"` // its product's
	ProductID  string            `firestore:"product_id"`
	Title      map[string]string `firestore:"title"` // by language
	SKUs       []string          `firestore:"skus"`
	Price      money.Money       `firestore:"price"`
	StartTime  time.Time         `firestore:"start_time"`
	EndTime    time.Time         `firestore:"end_time"`
	State      string            `firestore:"state"`
	Version    int64             `firestore:"version"` // 1 when new
	UpdatedAt  time.Time         `firestore:"updated_at"`

	// Stored is when the document read was last written: the precondition of replacing it.
	Stored time.Time `firestore:"-"`
}

// Check refuses a deal that cannot be kept: FIELD_INVALID.
func (d Deal) Check(now time.Time) error {
	switch {
	case d.Price.Currency != "JPY":
		return fault.Field("deal.price.currency", "must be JPY")
	case d.Price.Amount < 1:
		return fault.Field("deal.price.amount", "must be at least 1 yen")
	case !d.EndTime.After(d.StartTime):
		return fault.Field("deal.end_time", "must be after start_time")
	case d.EndTime.Sub(d.StartTime) > longest:
		return fault.Field("deal.end_time", fmt.Sprintf("must be at most %v after start_time", longest))
	case !d.EndTime.After(now):
		return fault.Field("deal.end_time", "must be in the future")
	case d.StartTime.After(now.Add(ahead)):
		return fault.Field("deal.start_time", "must be within 90 days")
	}
	return nil
}

// Take is d as it is when it was taken back.
func (d Deal) Take(now time.Time) Deal {
	d.State, d.Version, d.UpdatedAt = Ended, d.Version+1, now
	return d
}

// OwnedBy tells whether a caller may take the deal back.
func (d Deal) OwnedBy(merchantID string, operator bool) bool {
	return operator || merchantID != "" && merchantID == d.MerchantID
}

// Etag stands for the version.
func (d Deal) Etag() string { return strconv.FormatInt(d.Version, 10) }
