package server

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// orderConfig is a service's configuration.
type orderConfig struct {
	Config
	Database string `env:"SPANNER_DATABASE, required"`
}

func (c *orderConfig) Validate() error {
	if !strings.HasPrefix(c.Database, "projects/") {
		return errors.New("SPANNER_DATABASE must be a whole name")
	}
	return nil
}

func TestLoad(t *testing.T) {
	t.Parallel()
	google := map[string]string{
		"K_SERVICE": "order", "USER_ISSUER": "https://securetoken.google.com/issho", "SERVICE_ISSUER": "https://accounts.google.com",
		"USER_JWKS_URL":    "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com",
		"SERVICE_JWKS_URL": "https://www.googleapis.com/oauth2/v3/certs", "SELF_URL": "https://order-1.asia-northeast1.run.app",
	}
	but := func(name, value string) map[string]string {
		all := map[string]string{name: value}
		for n, v := range google {
			if n != name {
				all[n] = v
			}
		}
		return all
	}
	cases := map[string]struct {
		changes map[string]string
		refused string
	}{
		"a laptop":                 {nil, ""},
		"Cloud Run":                {google, ""},
		"moved clock on Cloud Run": {but("CLOCK_FILE", "/tmp/clock"), "CLOCK_FILE"},
		"our issuer on Cloud Run":  {but("USER_ISSUER", "http://127.0.0.1:8302/users"), "USER_ISSUER"},
		"its services":             {but("SERVICE_ISSUER", "http://127.0.0.1:8302/services"), "SERVICE_ISSUER"},
		"its keys":                 {but("USER_JWKS_URL", "http://127.0.0.1:8302/jwks.json"), "JWKS"},
		"its service keys":         {but("SERVICE_JWKS_URL", "https://www.googleapis.com.evil.test/"), "JWKS"},
		"cleartext audience":       {but("SELF_URL", "http://order"), "SELF_URL"},
		"no issuer":                {map[string]string{"USER_ISSUER": ""}, "USER_ISSUER"},
		"no keys":                  {map[string]string{"SERVICE_JWKS_URL": ""}, "SERVICE_JWKS_URL"},
		"no audience":              {map[string]string{"SELF_URL": ""}, "SELF_URL"},
		"unknown exporter":         {map[string]string{"TELEMETRY_EXPORTER": "zipkin"}, "TELEMETRY_EXPORTER"},
		"exporter to nowhere":      {map[string]string{"TELEMETRY_EXPORTER": "otlp"}, "OTEL_EXPORTER_OTLP_ENDPOINT"},
		"the service's own":        {map[string]string{"SPANNER_DATABASE": ""}, "SPANNER_DATABASE"},
		"the service's own rule":   {map[string]string{"SPANNER_DATABASE": "order"}, "whole name"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all := map[string]string{"SPANNER_DATABASE": "projects/p/instances/i/databases/order"}
			for n, v := range c.changes {
				all[n] = v
			}
			var cfg orderConfig
			err := Load(t.Context(), environment(all), &cfg)
			if c.refused == "" && err != nil || c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)) {
				t.Errorf("got %v, want %q", err, c.refused)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	var cfg Config
	if err := Load(t.Context(), environment(map[string]string{"PORT": "", "LOG_LEVEL": "", "IDENTITY_URL": ""}), &cfg); err != nil {
		t.Fatal(err)
	}
	if cfg.Port != 8080 || cfg.LogLevel != slog.LevelInfo || cfg.Location != "asia-northeast1" ||
		!strings.HasPrefix(cfg.IdentityURL, "http://metadata.google.internal/") {
		t.Errorf("got %+v", cfg)
	}
}

func TestLoadNeedsTheSharedPart(t *testing.T) {
	t.Parallel()
	if err := Load(t.Context(), environment(nil), &struct{}{}); err == nil {
		t.Error("loaded")
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	commands := []Command[orderConfig]{{"migrate", func(context.Context, orderConfig) error { return nil }}}
	for args, want := range map[string]string{"": "serve", "migrate": "migrate", "migrat": "usage", "migrate now": "usage"} {
		got := "usage"
		switch command, known := choose(strings.Fields(args), commands); {
		case known && command == nil:
			got = "serve"
		case known:
			got = command.Name
		}
		if got != want {
			t.Errorf("%q: %s, want %s", args, got, want)
		}
	}
}
