package main

import (
	"context"

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

// ownProduct reads a product that the caller may change: NOT_FOUND for another merchant's as for none.
func (s *catalogServer) ownProduct(ctx context.Context, productID string) (product.Product, error) {
	if productID == "" { // no document has an empty name
		return product.Product{}, fault.New(fault.NotFound)
	}
	who := caller.From(ctx)
	p, ok, err := product.ByID(ctx, s.db, productID)
	if err != nil {
		return p, err
	}
	if !ok || !p.OwnedBy(who.MerchantID, who.Operator) {
		return p, fault.New(fault.NotFound)
	}
	return p, nil
}

// ownCampaign reads a campaign that the caller may change: NOT_FOUND for another merchant's as for none.
func (s *catalogServer) ownCampaign(ctx context.Context, campaignID string) (campaign.Campaign, error) {
	if campaignID == "" { // no document has an empty name
		return campaign.Campaign{}, fault.New(fault.NotFound)
	}
	who := caller.From(ctx)
	c, ok, err := campaign.ByID(ctx, s.db, campaignID)
	if err != nil {
		return c, err
	}
	if !ok || !c.OwnedBy(who.MerchantID, who.Operator) {
		return c, fault.New(fault.NotFound)
	}
	return c, nil
}
