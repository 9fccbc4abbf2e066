// Issuer stands in for Firebase Auth and Google's metadata server on a laptop.
//
// It owns one RSA key, kept in DATA_DIR so that tokens outlive a restart, and
// serves its public half at /jwks.json. Customers' tokens have Firebase's
// shape, services' tokens Google's; the services and Envoy verify both exactly
// as they do in the cloud, since no setting switches verification off.
//
// It asks nobody for a password, so it refuses to start on Cloud Run, and
// every process on Cloud Run refuses its issuers.
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
)

type config struct {
	Port     int    `env:"PORT,default=8302"`
	DataDir  string `env:"DATA_DIR,required"` // where issuer-key.pem is kept
	Project  string `env:"PROJECT,default=issho-local"`
	URL      string `env:"ISSUER_URL"` // base of both issuers; default http://127.0.0.1:PORT
	CloudRun string `env:"K_SERVICE"`
}

func (c *config) validate() error {
	if c.CloudRun != "" {
		return errors.New("issuer mints tokens for anybody who asks and must not run on Cloud Run (K_SERVICE is set)")
	}
	if c.URL == "" {
		c.URL = fmt.Sprintf("http://127.0.0.1:%d", c.Port)
	}
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, envconfig.OsLookuper()); err != nil {
		slog.Error("issuer stopped", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, env envconfig.Lookuper) error {
	var cfg config
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &cfg, Lookuper: env}); err != nil {
		return err
	}
	if err := cfg.validate(); err != nil {
		return err
	}
	key, err := loadKey(cfg.DataDir)
	if err != nil {
		return err
	}
	is := &issuer{key: key, url: cfg.URL, project: cfg.Project}
	return serve(ctx, fmt.Sprintf("127.0.0.1:%d", cfg.Port), is.handler())
}

// serve answers until ctx ends, then gives open requests two seconds.
func serve(ctx context.Context, addr string, h http.Handler) error {
	srv := &http.Server{Addr: addr, Handler: h, ReadHeaderTimeout: 5 * time.Second}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		bounded, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		stopped <- srv.Shutdown(bounded)
	}()
	slog.Info("issuer listens", "addr", addr)
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
