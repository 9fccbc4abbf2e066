// Package shop is the outside of a running shop, for the stories of e2e, for dev/demo, dev/storm and dev/verify: customers,
// merchants and operators who call the gateway with tokens of their own in any of its protocols, and a look into the stores,
// the provider's ledger and the traces.
//
// It owns nothing and decides nothing: whatever it makes, it makes through the public contracts. Only what it looks at goes
// past them. The environment is that of `scripts/dev exec`.
package shop

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"cloud.google.com/go/firestore"
	"github.com/sethvargo/go-envconfig"

	"github.com/issho-shop/issho/internal/clock"
	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/internal/spandb"
)

// Config says where things are: the environment that dev/env gives to every local process.
type Config struct {
	Project     string `env:"PROJECT, required"`
	Gateway     string `env:"GATEWAY_URL, required"`
	Issuer      string `env:"ISSUER_URL, required"`
	Relay       string `env:"RELAY_URL, required"`
	Traces      string `env:"TRACES_URL, required"`
	Stripe      string `env:"STRIPE_URL, required"`
	StripeKey   string `env:"STRIPE_KEY, required"`
	ClockFile   string `env:"CLOCK_FILE, required"`
	IdentityURL string `env:"IDENTITY_URL, required"`
	CatalogURL  string `env:"CATALOG_URL, required"`
	SearchURL   string `env:"SEARCH_URL, required"`
	CartURL     string `env:"CART_URL, required"`
	OrderURL    string `env:"ORDER_URL, required"`
	PaymentURL  string `env:"PAYMENT_URL, required"`
	RewardURL   string `env:"REWARD_URL, required"`
	UserURL     string `env:"USER_URL, required"`
}

// Shop is a running shop, safe for concurrent use.
type Shop struct {
	Config
	clock  *clock.Clock
	h1, h2 *http.Transport // what browsers and what apps and servers speak

	orders, payments, rewards *spandb.DB
	carts, shelves            *firestore.Client

	opened   sync.Once // puts the category in place that Sell hangs its goods in
	openedAs error
}

// Open reads the environment. It does not wait for anything to answer.
func Open(ctx context.Context) (*Shop, error) {
	s := &Shop{h1: transport(false), h2: transport(true)}
	if err := envconfig.Process(ctx, &s.Config); err != nil {
		return nil, fmt.Errorf("%w (run it by scripts/dev exec)", err)
	}
	s.clock = clock.New(s.ClockFile)
	var errs [5]error
	s.orders, errs[0] = spandb.Open(ctx, s.database("order"))
	s.payments, errs[1] = spandb.Open(ctx, s.database("payment"))
	s.rewards, errs[2] = spandb.Open(ctx, s.database("reward"))
	s.carts, errs[3] = firedb.Open(ctx, s.Project, "cart")
	s.shelves, errs[4] = firedb.Open(ctx, s.Project, "catalog")
	return s, errors.Join(errs[:]...)
}

func (s *Shop) database(name string) string {
	return fmt.Sprintf("projects/%s/instances/issho/databases/%s", s.Project, name)
}

// Close lets go of the stores.
func (s *Shop) Close() {
	for _, db := range []*spandb.DB{s.orders, s.payments, s.rewards} {
		db.Close()
	}
	_ = s.carts.Close() // the process ends
	_ = s.shelves.Close()
}
