// Command stripe is a simulator of the part of Stripe's API that Issho uses, for
// laptops and tests: customers, saved cards, SetupIntents, PaymentIntents held and
// captured later, refunds, disputes, payouts, and signed webhooks. The payment
// service reaches it with stripe-go by nothing but another base URL.
//
// It owns a ledger in memory. Its invariant is the provider's own: an object
// changes only by a call made with its key, by the customer at the bank, or by
// time, and every change of money is an entry that can be read at
// /simulator/ledger. What goes wrong between us and a provider (time-outs,
// resets, declines, lost or repeated webhooks) is scripted at /simulator/faults
// and /simulator/webhooks; nothing goes wrong by itself.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sethvargo/go-envconfig"

	"github.com/issho-shop/issho/internal/clock"
)

// config is the environment of the program.
type config struct {
	Port          int    `env:"PORT, default=8301"`
	Key           string `env:"STRIPE_KEY, required"`
	WebhookSecret string `env:"STRIPE_WEBHOOK_SECRET, required"`
	WebhookURL    string `env:"WEBHOOK_URL"` // empty: events are kept, none is sent
	ClockFile     string `env:"CLOCK_FILE"`  // development clock: holds end when it is moved on

	WebhookEvents []string `env:"WEBHOOK_EVENTS, default=*"` // which types are sent: "payment_intent.succeeded", or all that begin so: "refund.*"
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		slog.Error("the Stripe simulator stopped", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var cfg config
	if err := envconfig.Process(ctx, &cfg); err != nil {
		return fmt.Errorf("read the environment: %w", err)
	}
	sim := newSimulator(cfg, clock.New(cfg.ClockFile).Now)
	defer sim.close()
	go sim.expireHolds(ctx, time.Second)

	srv := &http.Server{
		Addr:              fmt.Sprintf("127.0.0.1:%d", cfg.Port),
		Handler:           sim,
		ReadHeaderTimeout: 10 * time.Second,
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.ListenAndServe() }()
	slog.Info("the Stripe simulator listens", "address", srv.Addr, "webhooks", cfg.WebhookURL)
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		return shutDown(srv, sim)
	}
}

// shutDown lets running requests finish, and first lets go of those which a fault
// keeps waiting.
func shutDown(srv *http.Server, sim *simulator) error {
	sim.close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}
