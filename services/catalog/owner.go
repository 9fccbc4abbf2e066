package main

import (
	"context"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/catalog/internal/campaign"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// ownMerchant is for whom the caller works: an operator names the merchant, a merchant's own is taken.
func ownMerchant(ctx context.Context, named string) (string, error) {
	id := merchantFor(caller.From(ctx), named)
	if id == "" {
		return "", fault.Field("merchant_id", "name the merchant")
	}
	return id, nil
}

// merchantFor is whose a new product is: an operator names the merchant, a merchant's own is taken.
func merchantFor(who caller.Caller, named string) string {
	if who.Operator && named != "" {
		return named
	}
	return who.MerchantID
}

// ownProduct reads a product that the caller may change.
func (s *catalogServer) ownProduct(ctx context.Context, productID string) (product.Product, error) {
	return own(ctx, s.db, productID, product.ByID)
}

// ownCampaign reads a campaign that the caller may change.
func (s *catalogServer) ownCampaign(ctx context.Context, campaignID string) (campaign.Campaign, error) {
	return own(ctx, s.db, campaignID, campaign.ByID)
}

// own reads what the caller may change: NOT_FOUND for another merchant's as for none.
func own[T interface {
	OwnedBy(merchantID string, operator bool) bool
}](ctx context.Context, db *firestore.Client, id string, byID func(context.Context, *firestore.Client, string) (T, bool, error)) (T, error) {
	var none T
	if id == "" { // no document has an empty name
		return none, fault.New(fault.NotFound)
	}
	found, ok, err := byID(ctx, db, id)
	if err != nil {
		return none, err
	}
	if who := caller.From(ctx); !ok || !found.OwnedBy(who.MerchantID, who.Operator) {
		return none, fault.New(fault.NotFound)
	}
	return found, nil
}
