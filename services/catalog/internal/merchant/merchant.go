// Package merchant holds how those who sell present themselves. Who a merchant is, its tokens say; a product names one.
package merchant

import (
	"context"
	"strconv"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// Merchant is a merchant as stored in merchants/{id}.
type Merchant struct {
	ID          string            `firestore:"merchant_id"`
	Title       map[string]string `firestore:"title"` // by language
	Description map[string]string `firestore:"description"`
	Version     int64             `firestore:"version"` // 1 when new
	UpdatedAt   time.Time         `firestore:"updated_at"`

	// Stored is when the document read was last written, zero for none: the precondition of replacing it.
	Stored time.Time `firestore:"-"`
}

// Etag stands for the version that a change builds on; empty for none.
func (m Merchant) Etag() string {
	if m.Version == 0 {
		return ""
	}
	return strconv.FormatInt(m.Version, 10)
}

// Follow makes m the next version of old, which is zero for a new one.
func (m *Merchant) Follow(old Merchant) { m.Version, m.Stored = old.Version+1, old.Stored }

// ByID reads one merchant.
func ByID(ctx context.Context, c *firestore.Client, id string) (Merchant, bool, error) {
	found, stored, ok, err := firedb.Get[Merchant](ctx, merchants(c).Doc(id))
	found.Stored = stored
	return found, ok, err
}

// Put answers the write that stores m, new or in the place of what was read.
func (m Merchant) Put(c *firestore.Client) firedb.Write {
	if m.Stored.IsZero() {
		return firedb.Create(merchants(c).Doc(m.ID), m)
	}
	return firedb.Replace(merchants(c).Doc(m.ID), m, m.Stored)
}

// Merchants reads every merchant in a snapshot, for Verify.
func Merchants(tx *firestore.Transaction, c *firestore.Client) ([]Merchant, error) {
	return firedb.All[Merchant](tx.Documents(merchants(c)))
}

func merchants(c *firestore.Client) *firestore.CollectionRef { return c.Collection("merchants") }
