// Package testenv is what tests run in: emulator databases of their own, an
// issuer of tokens, and, in place of Pub/Sub and Cloud Tasks, two small gRPC
// servers that keep what they are sent. Nothing in the program under test is
// replaced: it verifies real signatures and speaks to real addresses.
//
// A World is one test's surroundings for one service; Serve runs the service in
// it. What the service sent can then be looked at, and delivered: to itself or to
// another service, once, twice, or out of order.
//
// Only tests import this package. Emulators are found by their *_EMULATOR_HOST
// variables, which `scripts/check test` sets.
package testenv

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/clock"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/server"
)

// World is one test's surroundings for one service.
type World struct {
	t       testing.TB
	service string
	project string
	selfURL string // the audience of tokens for the service, not an address
	env     map[string]string
	sink    *sink
	issuer  string // base URL
}

// New returns surroundings for service. Each has a project, tokens and captured
// queues of its own.
func New(t testing.TB, service string) *World {
	t.Helper()
	w := &World{t: t, service: service, project: "test-" + random(), selfURL: "http://" + service + ".test", sink: newSink(t)}
	w.issuer = newIssuer(t, w)
	w.env = map[string]string{
		"PORT":                      "0",
		"PROJECT":                   w.project,
		"LOCATION":                  "asia-northeast1",
		"SELF_URL":                  w.selfURL,
		"TELEMETRY_EXPORTER":        "none",
		"CLOCK_FILE":                filepath.Join(t.TempDir(), "clock"),
		"USER_ISSUER":               w.issuer + "/users",
		"USER_AUDIENCE":             w.project,
		"USER_JWKS_URL":             w.issuer + "/jwks.json",
		"SERVICE_ISSUER":            w.issuer + "/services",
		"SERVICE_JWKS_URL":          w.issuer + "/jwks.json",
		"IDENTITY_URL":              w.issuer + "/identity",
		"PUBSUB_EMULATOR_HOST":      w.sink.addr,
		"CLOUD_TASKS_EMULATOR_HOST": w.sink.addr,
		"PAGE_KEY":                  "a page key of thirty-two letters",
		"INVITE_KEY":                "an invite key of 32 letters, too",
	}
	return w
}

// Set adds to the environment of the service, before it is served.
func (w *World) Set(key, value string) { w.env[key] = value }

// Project returns the id of the world's project.
func (w *World) Project() string { return w.project }

// Advance moves the clock of the service forward.
func (w *World) Advance(d time.Duration) {
	w.t.Helper()
	if err := clock.Advance(w.env["CLOCK_FILE"], d); err != nil {
		w.t.Fatal(err)
	}
}

// Clock returns the clock which Advance moves.
func (w *World) Clock() *clock.Clock { return clock.New(w.env["CLOCK_FILE"]) }

// OutboxConfig sends to the world's captured queues.
func (w *World) OutboxConfig() outbox.Config {
	return load[outbox.Config](w)
}

// Verifier believes the world's tokens.
func (w *World) Verifier() *caller.Verifier {
	w.t.Helper()
	v, err := caller.New(w.t.Context(), load[caller.Config](w))
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func load[C any](w *World) C {
	w.t.Helper()
	var cfg C
	if err := envconfig.ProcessWith(w.t.Context(), &envconfig.Config{Target: &cfg, Lookuper: envconfig.MapLookuper(w.env)}); err != nil {
		w.t.Fatal(err)
	}
	return cfg
}

// Serve runs a service, by its own run function, on a port of its own, and
// returns its base URL. It is stopped at the end of the test, which fails if run
// did.
func Serve[C any](w *World, run func(ctx context.Context, s *server.Server, cfg C) error) string {
	w.t.Helper()
	env := envconfig.MapLookuper(w.env)
	ctx, stop := context.WithCancel(context.Background())
	var cfg C
	var shared struct{ server.Config }
	for _, target := range []any{&cfg, &shared} {
		if err := server.Load(ctx, env, target); err != nil {
			stop()
			w.t.Fatal(err)
		}
	}
	s, err := server.New(ctx, w.service, shared.Config)
	if err != nil {
		stop()
		w.t.Fatal(err)
	}
	failed := make(chan error, 1)
	go func() { failed <- run(ctx, s, cfg) }()
	w.t.Cleanup(func() {
		stop()
		if err := <-failed; err != nil {
			w.t.Errorf("%s: %v", w.service, err)
		}
		s.Close()
	})
	return s.URL()
}

// Listen serves h over HTTP/1 and HTTP/2 without TLS, as a fake of another
// service, until the end of the test, and returns its base URL.
func Listen(t testing.TB, h http.Handler) string {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}
