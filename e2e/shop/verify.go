package shop

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/gen/issho/cart/v1/cartv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/reward/v1/rewardv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/search/v1/searchv1connect"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/gen/issho/user/v1/userv1connect"
)

// walkTime is what a service gets to walk over all that it has: the most that it allows.
const walkTime = time.Minute

// Verify asks every service for its invariants, as `ops`, and adds those that show only when the books of several are laid
// side by side. While customers buy, it may find what is merely under way.
func (s *Shop) Verify(ctx context.Context) ([]*typev1.Finding, error) {
	tokens := caller.NewTokens(s.IdentityURL)
	of := func(url string) (*http.Client, string) {
		return &http.Client{Transport: tokens.Transport(url, s.h2)}, url
	}
	ask := []func(context.Context) ([]*typev1.Finding, error){
		verifier("catalog", catalogv1connect.NewCatalogInternalServiceClient(of(s.CatalogURL)).Verify),
		verifier("search", searchv1connect.NewSearchInternalServiceClient(of(s.SearchURL)).Verify),
		verifier("cart", cartv1connect.NewCartInternalServiceClient(of(s.CartURL)).Verify),
		verifier("user", userv1connect.NewUserInternalServiceClient(of(s.UserURL)).Verify),
		verifier("order", orderv1connect.NewOrderInternalServiceClient(of(s.OrderURL)).Verify),
		verifier("payment", paymentv1connect.NewPaymentInternalServiceClient(of(s.PaymentURL)).Verify),
		verifier("reward", rewardv1connect.NewRewardInternalServiceClient(of(s.RewardURL)).Verify),
		s.books,
		s.levels,
		s.heat,
		s.bought,
	}
	var all []*typev1.Finding
	for _, one := range ask {
		found, err := one(ctx)
		if err != nil {
			return all, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// verifier makes one shape of the services' Verify methods.
func verifier[Q any, R interface{ GetFindings() []*typev1.Finding }](service string, verify func(context.Context, *Q) (R, error)) func(context.Context) ([]*typev1.Finding, error) {
	return func(ctx context.Context) ([]*typev1.Finding, error) {
		ctx, cancel := context.WithTimeout(ctx, walkTime)
		defer cancel()
		res, err := verify(ctx, new(Q))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", service, err)
		}
		found := res.GetFindings()
		for _, f := range found {
			f.Invariant += " (" + service + ")"
		}
		return found, nil
	}
}
