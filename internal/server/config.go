package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/sethvargo/go-envconfig"

	"github.com/issho-shop/issho/internal/caller"
)

// Config is what every process is told by its environment. A service embeds it in a config struct of its own.
type Config struct {
	caller.Config
	Port           int           `env:"PORT, default=8080"`
	Location       string        `env:"LOCATION, default=asia-northeast1"`
	LogLevel       slog.Level    `env:"LOG_LEVEL, default=INFO"`
	Telemetry      string        `env:"TELEMETRY_EXPORTER, default=gcp"` // gcp, otlp or none
	OTLPEndpoint   string        `env:"OTEL_EXPORTER_OTLP_ENDPOINT"`     // for otlp, "http://127.0.0.1:4317"
	TraceRatio     float64       `env:"TRACE_RATIO, default=1"`          // of traces that begin here which are kept, 0 to 1; one that has begun keeps its decision
	MetricInterval time.Duration `env:"METRIC_INTERVAL, default=1m"`     // between two exports of metrics; Cloud Monitoring takes no less than 5 s
	ClockFile      string        `env:"CLOCK_FILE"`                      // development only: package clock
	FlagFile       string        `env:"FLAG_FILE"`                       // kill switches: package flag
	Revision       string        `env:"K_REVISION"`                      // set by Cloud Run
}

// base finds the shared part in a service's config struct.
func (c *Config) base() *Config { return c }

// Load reads a service's config struct, which embeds Config, checks the shared part, and then the service's own where
// the struct has a method Validate() error.
func Load(ctx context.Context, lookup envconfig.Lookuper, cfg any) error {
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: cfg, Lookuper: lookup}); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	shared, ok := cfg.(interface{ base() *Config })
	if !ok {
		return fmt.Errorf("configuration: %T does not embed server.Config", cfg)
	}
	if err := shared.base().check(); err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	if own, ok := cfg.(interface{ Validate() error }); ok {
		if err := own.Validate(); err != nil {
			return fmt.Errorf("configuration: %w", err)
		}
	}
	return nil
}

func (c *Config) check() error {
	var errs []error
	refuse := func(bad bool, sentence string) {
		if bad {
			errs = append(errs, errors.New(sentence))
		}
	}
	refuse(c.Telemetry != "gcp" && c.Telemetry != "otlp" && c.Telemetry != "none", "TELEMETRY_EXPORTER must be gcp, otlp or none")
	refuse(c.TraceRatio < 0 || c.TraceRatio > 1, "TRACE_RATIO must be between 0 and 1")
	refuse(c.Telemetry != "none" && c.MetricInterval < time.Second, "METRIC_INTERVAL must be a second or more")
	refuse(c.Telemetry == "otlp" && c.OTLPEndpoint == "", "TELEMETRY_EXPORTER=otlp needs OTEL_EXPORTER_OTLP_ENDPOINT")
	if c.CloudRun != "" {
		refuse(c.ClockFile != "", "CLOCK_FILE is for development and refused on Cloud Run")
		refuse(!strings.HasPrefix(c.UserIssuer, "https://securetoken.google.com/"), "USER_ISSUER must be Firebase's on Cloud Run")
		refuse(c.ServiceIssuer != "https://accounts.google.com", "SERVICE_ISSUER must be https://accounts.google.com on Cloud Run")
		refuse(!googleKeys(c.UserJWKS) || !googleKeys(c.ServiceJWKS), "USER_JWKS_URL and SERVICE_JWKS_URL must be Google's on Cloud Run")
		refuse(!strings.HasPrefix(c.SelfURL, "https://"), "SELF_URL must be https on Cloud Run")
	}
	return errors.Join(errs...)
}

// googleKeys holds the keys to the same rule as the issuers: a right name with somebody else's keys would be no check.
func googleKeys(url string) bool { return strings.HasPrefix(url, "https://www.googleapis.com/") }
