// Demo plays a group purchase against the running shop, through the gateway: how two people buy together, how a group that
// nobody joins comes to nothing, and a glance at what else can happen. After each step it shows what has changed in which
// store, and at the end one checkout's trace as a tree. It ends with 1 when something is not as it should be.
//
// `demo browse` plays finding things instead: a search with a typing error, and a cart in which prices and stock have changed.
//
// It sells goods of its own to customers of its own, and moves the shop's clock by ten minutes.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/issho-shop/issho/e2e/shop"
)

func main() {
	ctx, interrupted := signal.NotifyContext(context.Background(), os.Interrupt)
	ctx, stop := context.WithTimeout(ctx, 3*time.Minute)
	err := run(ctx, os.Args[1:])
	stop()
	interrupted()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	s, err := shop.Open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	p := &play{Shop: s, began: time.Now()}
	scenes := []func(context.Context) error{p.together, p.nobodyJoins, p.lastSeat, p.alone, p.threeDSecure, p.trace, p.invariants}
	if len(args) > 0 {
		if args[0] != "browse" {
			return fmt.Errorf("there is no demo %q: demo, or demo browse", args[0])
		}
		scenes = []func(context.Context) error{p.browse, p.invariants}
	}
	for _, scene := range scenes {
		if err := scene(ctx); err != nil {
			return err
		}
	}
	fmt.Printf("\nPlayed in %.1f s.\n", time.Since(p.began).Seconds())
	return nil
}

// play is what the scenes share.
type play struct {
	*shop.Shop
	began   time.Time
	step    int
	settled string // trace of the checkout that settled the group
	seen    watch
}

// scene begins one, with the facts to be watched in it.
func (p *play) scene(title string, facts ...fact) {
	fmt.Printf("\n%s\n", bold(title))
	p.seen = watch{facts: facts}
}

// says tells a step in words and shows what it has changed.
func (p *play) says(ctx context.Context, format string, args ...any) error {
	p.step++
	fmt.Printf("\n%2d. %s\n", p.step, fmt.Sprintf(format, args...))
	return p.seen.show(ctx, os.Stdout)
}

// until waits for what happens behind the customers' backs.
func (p *play) until(ctx context.Context, orderID, state string) error {
	return shop.Until(ctx, 40*time.Second, func(ctx context.Context) error {
		row, err := p.OrderRow(ctx, orderID)
		if err == nil && row.State != state {
			err = fmt.Errorf("%s is %s, not %s", orderID, row.State, state)
		}
		return err
	})
}

func (p *play) invariants(ctx context.Context) error {
	findings, err := p.AtRest(ctx, time.Minute)
	if err != nil {
		return err
	}
	looked, invariants := int64(0), map[string]bool{}
	for _, f := range findings {
		looked += f.GetChecked()
		invariants[f.GetInvariant()] = true
		if f.GetViolationCount() > 0 {
			shop.Print(os.Stdout, findings)
			return errors.New("an invariant is violated")
		}
	}
	fmt.Printf("\n%s: %d invariants looked at %d rows and documents (scripts/dev verify lists them).\n", bold("Everything holds"), len(invariants), looked)
	return nil
}
