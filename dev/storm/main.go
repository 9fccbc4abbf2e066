// Storm has many customers buy at once from the running shop, and then asks whether everything still holds.
//
//	storm checkout --count N [--parallel N] [--seed N] [--kill]
//	storm payment --count N [--parallel N] [--seed N] [--hostile]    see payment.go
//
// The customers meet over a few campaigns, of which one is hot and has too little in stock. They start groups, join those
// that they find, send the same request twice, leave or cancel again, and some cards are declined; with --kill one service
// after the other is killed meanwhile as by a power cut. It shows how far it is, prints what came of it, by kind,
// with the time that half and nineteen in twenty stayed below, and ends with 1 when an invariant is violated or an answer
// was no refusal that is registered.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/issho-shop/issho/e2e/shop"
)

// options are what the command line says.
type options struct {
	count, parallel int
	seed            uint64
	kill            bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := command(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "storm:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "payment" {
		return stormPayment(ctx, args[1:])
	}
	if len(args) > 0 && args[0] == "checkout" {
		args = args[1:]
	}
	var o options
	flags := flag.NewFlagSet("storm checkout", flag.ExitOnError)
	flags.IntVar(&o.count, "count", 200, "customers")
	flags.IntVar(&o.parallel, "parallel", 8, "customers at a time")
	flags.Uint64Var(&o.seed, "seed", 1, "of who does what")
	flags.BoolVar(&o.kill, "kill", false, "kill services meanwhile")
	_ = flags.Parse(args) // exits by itself
	if flags.NArg() > 0 || o.count < 1 || o.parallel < 1 {
		flags.Usage()
		return errors.New("say storm checkout --count N")
	}
	return run(ctx, o)
}

func run(ctx context.Context, o options) error {
	s, err := shop.Open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	w, err := prepare(ctx, s, o)
	if err != nil {
		return err
	}
	fmt.Printf("%d customers, %d at a time, over %d campaigns\n", o.count, o.parallel, len(w.goods))
	began := time.Now()
	if err := w.blow(ctx, o); err != nil {
		return err
	}
	took := time.Since(began)
	w.print(os.Stdout)
	fmt.Printf("%.1f s, %.1f checkouts a second\n\n", took.Seconds(), float64(w.checkouts())/took.Seconds())
	return w.judge(ctx)
}

// blow lets everybody go, shows how far they are, and kills meanwhile if that is wanted.
func (w *weather) blow(ctx context.Context, o options) error {
	beside, stop := context.WithCancel(ctx)
	var both errgroup.Group
	both.Go(func() error { w.progress(beside, os.Stdout, o.count); return nil })
	if o.kill {
		both.Go(func() error { return w.killing(beside, rand.New(rand.NewPCG(o.seed, 0))) })
	}
	err := w.everybody(ctx, o)
	stop()
	return errors.Join(err, both.Wait())
}

func (w *weather) everybody(ctx context.Context, o options) error {
	going, ctx := errgroup.WithContext(ctx)
	going.SetLimit(o.parallel)
	for i := range o.count {
		dice := rand.New(rand.NewPCG(o.seed, uint64(i)))
		going.Go(func() error {
			defer w.gone.Add(1)
			return w.visit(ctx, dice)
		})
	}
	return going.Wait()
}

// judge waits until everything has come to rest, and tells whether it holds.
func (w *weather) judge(ctx context.Context) error {
	findings, err := w.AtRest(ctx, 2*time.Minute)
	if err != nil {
		return err
	}
	bad := shop.Print(os.Stdout, findings)
	switch {
	case bad > 0:
		return fmt.Errorf("%d invariants are violated", bad)
	case w.odd() > 0:
		return fmt.Errorf("%d answers were no registered refusal", w.odd())
	}
	return nil
}
