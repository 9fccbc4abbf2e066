// Relay plays the parts of Google's platform that the emulators lack: it signs what reaches a service.
//
// It pulls every declared subscription and pushes each message to /events/<topic> of its service, in Pub/Sub's
// envelope and with a token of `pubsub` (the emulator's own push signs nothing and retries each second). It
// forwards Cloud Tasks' calls of /tasks/<service>/<procedure> with a token of `tasks`, and calls the declared
// jobs at their time with one of `scheduler`. Tokens come from dev/issuer, so services verify them exactly as
// they verify Google's.
//
// For tests and operators:
//
//	POST /faults {"duplicate": true}  deliver every event and task twice, from now on
//	POST /tick[?job=order-sweep]      call a scheduled job now, or all of them
//	POST /replay?topic=order          deliver the topic's dead letters again
package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"github.com/sethvargo/go-envconfig"
	"golang.org/x/sync/errgroup"

	"github.com/issho-shop/issho/dev/declared"
)

type config struct {
	Port      string `env:"PORT, required"`
	Project   string `env:"PROJECT, required"`
	IssuerURL string `env:"ISSUER_URL, required"` // dev/issuer
	Emulator  string `env:"PUBSUB_EMULATOR_HOST, required"`
}

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, nil)))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		slog.Error("relay stopped", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var cfg config
	if err := envconfig.Process(ctx, &cfg); err != nil {
		return err
	}
	d, err := declared.Read(declared.File)
	if err != nil {
		return err
	}
	client, err := pubsub.NewClient(ctx, cfg.Project)
	if err != nil {
		return err
	}
	defer client.Close()

	r := newRelay(cfg, d, client)
	server := &http.Server{Addr: "127.0.0.1:" + cfg.Port, Handler: r.routes(), ReadHeaderTimeout: 5 * time.Second}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return r.pull(ctx) })
	group.Go(func() error { return r.schedule(ctx) })
	group.Go(func() error {
		<-ctx.Done()
		return server.Close()
	})
	group.Go(func() error {
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	return group.Wait()
}
