// Bench measures the running shop from outside, through the gateway, with events, tasks and all. `scripts/check bench` starts
// a fresh shop for it; docs/performance.md tells what the tables mean.
//
//	bench order [--count N] [--parallel N] [--behind N]    groups that buy, and a rush for few units; see order.go
//	bench browse [--count N] [--behind N] [--for D]        N products: pages, search, carts; see browse.go
//
// A section is a function in the table below and a file of its own. It prints its table as Markdown.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/issho-shop/issho/e2e/shop"
)

// options are what the command line says.
type options struct {
	count    int // checkouts; of browsing: products
	parallel int // customers at a time
	behind   int // orders that lie in the database before; of browsing: products beside those

	seconds time.Duration // of each measurement of browsing
	warm    time.Duration // how long each is driven before
	only    string        // routes whose name holds one of these, parted by commas; empty: all
}

// measures tells whether a route of that name is measured.
func (o options) measures(name string) bool {
	return slices.ContainsFunc(strings.Split(o.only, ","), func(part string) bool { return strings.Contains(name, part) })
}

// sections are what can be measured, by name.
var sections = map[string]func(context.Context, *shop.Shop, options) error{
	"browse": benchBrowse,
	"order":  benchOrder,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := command(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	var names []string
	for name := range sections {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(args) == 0 || sections[args[0]] == nil {
		return fmt.Errorf("say which: %s", strings.Join(names, ", "))
	}
	var o options
	flags := flag.NewFlagSet("bench "+args[0], flag.ExitOnError)
	flags.IntVar(&o.count, "count", 400, "checkouts, or products to browse")
	flags.IntVar(&o.parallel, "parallel", 8, "customers at a time")
	flags.IntVar(&o.behind, "behind", 0, "orders, or products, that lie in the database before")
	flags.DurationVar(&o.seconds, "for", 5*time.Second, "how long each route of browsing is driven, twice")
	flags.DurationVar(&o.warm, "warm", 10*time.Second, "how long each route of browsing is driven before it is measured")
	flags.StringVar(&o.only, "only", "", "of browsing, the routes whose name holds one of these, parted by commas")
	_ = flags.Parse(args[1:]) // exits by itself
	s, err := shop.Open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	return sections[args[0]](ctx, s, o)
}
