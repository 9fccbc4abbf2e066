package coupon

import (
	"context"
	"slices"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Customer names a customer's uses of a coupon.
type Customer struct{ Code, CustomerID string }

// Uses are a customer's uses of one coupon. They are never changed in place.
type Uses []Use

// living counts the uses that were not given back.
func (u Uses) living() int64 {
	var n int64
	for _, use := range u {
		if use.State != Returned {
			n++
		}
	}
	return n
}

// Of answers an order's use, and whether it has one.
func (u Uses) Of(order string) (Use, bool) {
	i := slices.IndexFunc(u, func(use Use) bool { return use.OrderID == order })
	if i < 0 {
		return Use{}, false
	}
	return u[i], true
}

// With answers the uses with one added, in place of the one that its order had.
func (u Uses) With(use Use) Uses {
	others := slices.DeleteFunc(slices.Clone(u), func(one Use) bool { return one.OrderID == use.OrderID })
	return append(others, use)
}

// New returns a coupon that nobody has used.
func New(code string, terms Terms, maxUses int64, now time.Time) *Coupon {
	return &Coupon{Code: code, Terms: spandb.JSON[Terms]{V: terms}, MaxUses: maxUses, CreatedAt: now, UpdatedAt: now, changed: true}
}

// ReadAll answers those of the coupons given that there are, by code.
func ReadAll(ctx context.Context, r spandb.Reader, codes []string) (map[string]*Coupon, error) {
	keys := make([]spanner.KeySet, 0, len(codes))
	for _, code := range codes {
		keys = append(keys, spanner.Key{code})
	}
	rows, err := spandb.Rows[Coupon](ctx, r, "Coupons", spanner.KeySets(keys...))
	coupons := make(map[string]*Coupon, len(rows))
	for i := range rows {
		coupons[rows[i].Code] = &rows[i]
	}
	return coupons, err
}

// UsesOf answers the uses of the customers given.
func UsesOf(ctx context.Context, r spandb.Reader, customers []Customer) (map[Customer]*Uses, error) {
	keys := make([]spanner.KeySet, 0, len(customers))
	uses := make(map[Customer]*Uses, len(customers))
	for _, c := range customers {
		keys = append(keys, spanner.Key{c.Code, c.CustomerID}.AsPrefix())
		uses[c] = &Uses{}
	}
	rows, err := spandb.Rows[Use](ctx, r, "CouponUses", spanner.KeySets(keys...))
	for _, use := range rows {
		of := uses[Customer{use.Code, use.CustomerID}]
		*of = append(*of, use)
	}
	return uses, err
}

// Write returns the mutation that stores the use.
func (u Use) Write() (*spanner.Mutation, error) { return spanner.InsertOrUpdateStruct("CouponUses", u) }
