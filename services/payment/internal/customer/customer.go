// Package customer holds who a user is at the provider, and the setups of saved methods which users have begun.
//
// Both are made at the provider exactly once per row: the row with the idempotency key is written first, then the provider
// is called, then its answer is kept. The methods themselves are the provider's alone.
package customer

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Customer is a row of Customers.
type Customer struct {
	UserID     string    `spanner:"UserId"`
	ProviderID string    `spanner:"ProviderId"`
	Key        string    `spanner:"Key"`
	KeyAt      time.Time `spanner:"KeyAt"`
	CreatedAt  time.Time `spanner:"CreatedAt"`
}

// Setup is a row of Setups.
type Setup struct {
	UserID        string    `spanner:"UserId"`
	RequestID     string    `spanner:"RequestId"`
	SetupIntentID string    `spanner:"SetupIntentId"`
	Key           string    `spanner:"Key"`
	KeyAt         time.Time `spanner:"KeyAt"`
	CreatedAt     time.Time `spanner:"CreatedAt"`
}

// keyLife is how long a key is repeated: the provider forgets it after 24 h.
const keyLife = 23 * time.Hour

// NewCustomer is the row of a user whom the provider does not know yet.
func NewCustomer(userID string, now time.Time) Customer {
	return Customer{UserID: userID, CreatedAt: now}
}

// NewSetup is the row of a setup which the provider does not know yet.
func NewSetup(userID, requestID string, now time.Time) Setup {
	return Setup{UserID: userID, RequestID: requestID, CreatedAt: now}
}

// Stale tells whether a new key is due: there is none, or the provider may have forgotten it.
func Stale(key string, keyAt, now time.Time) bool { return key == "" || now.Sub(keyAt) >= keyLife }

// Get reads a user's row.
func Get(ctx context.Context, r spandb.Reader, userID string) (Customer, bool, error) {
	return spandb.Get[Customer](ctx, r, "Customers", spanner.Key{userID})
}

// GetSetup reads a setup.
func GetSetup(ctx context.Context, r spandb.Reader, userID, requestID string) (Setup, bool, error) {
	return spandb.Get[Setup](ctx, r, "Setups", spanner.Key{userID, requestID})
}

// Put writes a customer.
func (c Customer) Put() (*spanner.Mutation, error) {
	return spanner.InsertOrUpdateStruct("Customers", c)
}

// Put writes a setup.
func (s Setup) Put() (*spanner.Mutation, error) {
	return spanner.InsertOrUpdateStruct("Setups", s)
}

// removed is a row of RemovedMethods.
type removed struct {
	UserID    string    `spanner:"UserId"`
	MethodID  string    `spanner:"MethodId"`
	RemovedAt time.Time `spanner:"RemovedAt"`
}

// HasRemoved tells whether a user took that method off the list lately.
func HasRemoved(ctx context.Context, r spandb.Reader, userID, methodID string) (bool, error) {
	_, ok, err := spandb.Get[removed](ctx, r, "RemovedMethods", spanner.Key{userID, methodID})
	return ok, err
}

// Remove writes that a user takes a method off the list.
func Remove(userID, methodID string) (*spanner.Mutation, error) {
	return spanner.InsertOrUpdateStruct("RemovedMethods", removed{userID, methodID, spanner.CommitTimestamp})
}

// Erase forgets who a user is at the provider, and what the user began there.
func Erase(userID string) []*spanner.Mutation {
	return []*spanner.Mutation{
		spanner.Delete("Customers", spanner.Key{userID}),
		spanner.Delete("Setups", spanner.Key{userID}.AsPrefix()),
		spanner.Delete("RemovedMethods", spanner.Key{userID}.AsPrefix()),
	}
}
