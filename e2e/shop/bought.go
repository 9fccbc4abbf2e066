package shop

import (
	"context"
	"slices"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/spandb"
)

// boughtKept is how many orders a cart remembers.
const boughtKept = 100

// bought: what order has sold out of a cart has left it, once, both ways. A cart that was erased knows nothing, nor does one
// that the account has filled since.
func (s *Shop) bought(ctx context.Context) ([]*typev1.Finding, error) {
	f := finding("I16 bought lines leave carts once")
	orders, err := every[struct {
		ID          string                             `spanner:"OrderId"`
		CustomerID  string                             `spanner:"CustomerId"`
		CartVersion int64                              `spanner:"CartVersion"`
		PaymentID   string                             `spanner:"PaymentId"`
		Address     spandb.JSON[struct{ Name string }] `spanner:"Address"`
	}](ctx, s.orders, "Orders")
	if err != nil {
		return nil, err
	}
	left, err := s.left(ctx)
	if err != nil {
		return nil, err
	}
	sold := map[string]string{} // the cart of each order that was authorised
	for _, o := range orders {
		if o.CartVersion == 0 || o.PaymentID == "" {
			continue
		}
		cart := firedb.Key(o.CustomerID)
		sold[o.ID] = cart
		told, ok := left[cart]
		erased := !ok || o.Address.V.Name == ""
		f.hold(erased || len(told) >= boughtKept || slices.Contains(told, o.ID), "what %s bought has not left its cart %s", o.ID, cart)
	}
	for cart, told := range left {
		for i, id := range told {
			f.hold(sold[id] == cart && !slices.Contains(told[:i], id), "cart %s has let go of what %s bought, which is not its order, or not once", cart, id)
		}
	}
	return []*typev1.Finding{f.Finding}, nil
}

// left are the orders whose lines have left each cart.
func (s *Shop) left(ctx context.Context) (map[string][]string, error) {
	left := map[string][]string{}
	type document struct {
		Bought []string `firestore:"bought"`
	}
	err := firedb.Each(s.carts.Collection("carts").Select("bought").Documents(ctx), func(ref *firestore.DocumentRef, d document) error {
		left[ref.ID] = d.Bought
		return nil
	})
	return left, err
}
