package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

// How many requests are in flight at once.
const (
	parallel = 8
	// oneByOne is for what ends in Spanner, whose emulator admits one writer at a time: more abort and wait for each other.
	oneByOne = 1
)

// seeder does the work step by step; each step may rely on what the ones before made.
type seeder struct {
	shop  *shop
	base  string                       // of the gateway
	as    func(who login) *http.Client // a client with that person's token
	print io.Writer

	mu     sync.Mutex
	made   map[string]*catalogv1.Product // by key
	offers []offer
}

// offer is a campaign as the shop knows it.
type offer struct {
	campaign
	id string
}

func (s *seeder) seed(ctx context.Context) error {
	s.made = map[string]*catalogv1.Product{}
	for _, level := range s.shop.levels() {
		if err := each(ctx, s, "categories", parallel, level, s.putCategory); err != nil {
			return err
		}
	}
	if err := each(ctx, s, "products", parallel, s.shop.products(), s.createProduct); err != nil {
		return err
	}
	if err := each(ctx, s, "stock", oneByOne, s.stock(), s.setStock); err != nil {
		return err
	}
	if err := each(ctx, s, "campaigns", parallel, s.shop.Campaigns, s.createCampaign); err != nil {
		return err
	}
	if err := each(ctx, s, "reward programmes", oneByOne, s.offers, s.putProgramme); err != nil {
		return err
	}
	return each(ctx, s, "customers", parallel, s.shop.Customers, s.createCustomer)
}

// each does one step for every item, a few at a time, and prints how far it is.
func each[T any](ctx context.Context, s *seeder, step string, width int, items []T, do func(context.Context, T) error) error {
	began := time.Now()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(width)
	var done atomic.Int64
	for _, item := range items {
		g.Go(func() error {
			err := again(ctx, func() error { return do(ctx, item) })
			if fault.ReasonOf(err) == fault.RequestIDReused {
				return fmt.Errorf("%s: shop.yaml has changed since this shop was seeded; begin anew with scripts/dev reset: %w", step, err)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", step, err)
			}
			if n := done.Add(1); n%100 == 0 {
				fmt.Fprintf(s.print, "  %-18s %4d of %d\n", step, n, len(items))
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	fmt.Fprintf(s.print, "  %-18s %4d in %v\n", step, len(items), time.Since(began).Round(time.Millisecond))
	return nil
}
