// Program seed fills a running shop with demo data: a category tree, over two hundred products, twenty campaigns with
// their reward programmes, stock for every SKU, and a few customers with an address each.
//
// It is a client like any other: everything goes through the gateway, by the people whose work it is (the operator, each
// merchant, each customer), with tokens from the development issuer. Request ids derive from the keys in shop.yaml, so a
// second run meets what the first one made and changes nothing.
//
// Environment: GATEWAY_URL and ISSUER_URL.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/sethvargo/go-envconfig"
)

type config struct {
	GatewayURL string `env:"GATEWAY_URL, default=http://127.0.0.1:8080"`
	IssuerURL  string `env:"ISSUER_URL, default=http://127.0.0.1:8302"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "seed:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var cfg config
	if err := envconfig.Process(ctx, &cfg); err != nil {
		return err
	}
	shop, err := load(shopYAML)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := (&seeder{shop: shop, as: tokens(cfg.IssuerURL), base: cfg.GatewayURL, print: os.Stdout}).seed(ctx); err != nil {
		return err
	}
	fmt.Printf("seeded in %v\n", time.Since(began).Round(10*time.Millisecond))
	return nil
}
