// Traces is a laptop's trace backend: it receives OTLP over gRPC, keeps the
// newest traces in memory and prints any of them as a tree.
//
// It forgets whole traces, oldest first, and everything on restart. Of metrics
// it keeps each series' last value: enough to see what a program exports.
//
//	GET /traces/{id}              the trace as a tree; ?format=json its spans
//	GET /traces?service=&name=    the newest traces; &limit=20, &format=json
//	GET /spans                    every span kept, as JSON
//	GET /metrics?name=            the series seen, with their last value; &format=json
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sethvargo/go-envconfig"
	"google.golang.org/grpc"
)

type config struct {
	Port      int `env:"PORT,default=8304"`
	OTLPPort  int `env:"OTLP_PORT,default=4317"`
	MaxTraces int `env:"MAX_TRACES,default=2000"` // the oldest is forgotten beyond it
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, envconfig.OsLookuper()); err != nil {
		slog.Error("traces stopped", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, env envconfig.Lookuper) error {
	var cfg config
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &cfg, Lookuper: env}); err != nil {
		return err
	}
	otlp, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", cfg.OTLPPort))
	if err != nil {
		return err
	}
	web, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", cfg.Port))
	if err != nil {
		return errors.Join(err, otlp.Close())
	}
	slog.Info("traces listens", "http", web.Addr().String(), "otlp", otlp.Addr().String())
	return serve(ctx, newStore(cfg.MaxTraces), otlp, web)
}

// serve answers on both listeners until ctx ends or one of them fails.
func serve(ctx context.Context, st *store, otlp, web net.Listener) error {
	receiver := newReceiver(st)
	pages := &http.Server{Handler: handler(st), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 2)
	go func() { failed <- receiver.Serve(otlp) }()
	go func() { failed <- pages.Serve(web) }()
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	return errors.Join(err, shut(receiver, pages))
}

// shut gives open requests two seconds.
func shut(receiver *grpc.Server, pages *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	receiver.Stop()
	return pages.Shutdown(ctx)
}
