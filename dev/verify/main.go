// Verify asks the running shop whether everything that must hold does: every service for its own invariants, and the books
// of order, payment, reward and the provider against each other. It prints each with how much it looked at, and ends with 1
// when one is violated.
//
//	verify              looks again for a minute while something is violated: it may be merely under way
//	verify --at-once    looks once
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/issho-shop/issho/e2e/shop"
)

func main() {
	atOnce := flag.Bool("at-once", false, "look once, and take what is under way for a violation")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *atOnce); err != nil {
		fmt.Fprintln(os.Stderr, "verify:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, atOnce bool) error {
	s, err := shop.Open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	patience := time.Minute
	if atOnce {
		patience = 0
	}
	findings, err := s.AtRest(ctx, patience)
	if err != nil {
		return err
	}
	if bad := shop.Print(os.Stdout, findings); bad > 0 {
		return errors.New("not everything holds")
	}
	return nil
}
