package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/issho-shop/issho/e2e/shop"
)

// stormPayment has many orders paid, cancelled and given back, while the provider, if it is to be hostile, declines, hangs,
// fails, answers garbage and loses, repeats and shuffles its webhooks. Then the weather calms down, and nothing may be left
// unknown, charged twice, or different between the provider's books and ours.
func stormPayment(ctx context.Context, args []string) error {
	var o paymentOptions
	flags := flag.NewFlagSet("storm payment", flag.ExitOnError)
	flags.IntVar(&o.count, "count", 200, "purchases")
	flags.IntVar(&o.parallel, "parallel", 16, "purchases at a time")
	flags.Uint64Var(&o.seed, "seed", 1, "of who does what and what goes wrong")
	flags.BoolVar(&o.hostile, "hostile", false, "the provider does all that it can do wrong")
	_ = flags.Parse(args) // exits by itself
	if flags.NArg() > 0 || o.count < 1 || o.parallel < 1 {
		flags.Usage()
		return errors.New("say storm payment --count N [--hostile]")
	}
	s, err := shop.Open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	t := &tempest{Shop: s, tally: newTally(), options: o}
	if err := t.prepare(ctx); err != nil {
		return err
	}
	return t.run(ctx)
}

type paymentOptions struct {
	options
	hostile bool
}

// tempest is a storm of payments under way.
type tempest struct {
	*shop.Shop
	tally
	options paymentOptions

	goods  []*shop.Goods
	people chan *shop.Person // who is not buying just now
	unsure []unsure          // guarded by mu of tally
	began  time.Time         // by the shop's clock
	calmed time.Time         // when the provider was well again
	done   atomic.Int64
}

// prepare puts the goods up and has the customers save their cards, while the weather is fair.
func (t *tempest) prepare(ctx context.Context) error {
	for range 8 {
		g, err := t.Sell(ctx, shop.Sale{Title: "嵐の品", Price: price, Stock: int64(10 * t.options.count)})
		if err != nil {
			return err
		}
		t.goods = append(t.goods, g)
	}
	crowd := 3 * t.options.parallel // so that a cart is empty again when its owner comes back
	t.people = make(chan *shop.Person, crowd)
	coming, ctx := errgroup.WithContext(ctx)
	coming.SetLimit(8)
	for range crowd {
		coming.Go(func() error {
			who, err := patiently(ctx, func(ctx context.Context) (*shop.Person, error) {
				return t.Buyer(ctx, shop.Proto, "tempest", "pm_card_visa")
			})
			if err == nil {
				t.people <- who
			}
			return err
		})
	}
	return coming.Wait()
}

func (t *tempest) run(ctx context.Context) error {
	fmt.Printf("%d purchases, %d at a time, hostile: %v\n", t.options.count, t.options.parallel, t.options.hostile)
	if t.options.hostile {
		if err := t.rouse(ctx); err != nil {
			return err
		}
	}
	t.began = t.Now().Add(-time.Second)
	began := time.Now()
	err := t.blow(ctx)
	took := time.Since(began)
	hits, calm := t.calm(ctx)
	if err := errors.Join(err, calm); err != nil {
		return err
	}
	t.calmed = t.Now()
	if err := t.ask(ctx); err != nil {
		return err
	}
	t.print(os.Stdout)
	fmt.Printf("%.1f s, %.1f purchases a second\n", took.Seconds(), float64(t.done.Load())/took.Seconds())
	if t.options.hostile {
		hits.print(os.Stdout)
	}
	return t.account(ctx)
}

// blow lets everybody go, and tells now and then how far they are.
func (t *tempest) blow(ctx context.Context) error {
	watching, watched := context.WithCancel(ctx)
	defer watched()
	go t.watch(watching)
	going, ctx := errgroup.WithContext(ctx)
	going.SetLimit(t.options.parallel)
	for i := range t.options.count {
		dice := rand.New(rand.NewPCG(t.options.seed, uint64(i)))
		going.Go(func() error {
			who := <-t.people
			defer func() { t.people <- who }()
			defer t.done.Add(1)
			return t.purchase(ctx, who, dice)
		})
	}
	return going.Wait()
}

func (t *tempest) watch(ctx context.Context) {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	last := int64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			done := t.done.Load()
			fmt.Fprintf(os.Stderr, "  %d of %d, %.1f a second\n", done, t.options.count, float64(done-last)/10)
			last = done
		}
	}
}
