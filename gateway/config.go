package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sethvargo/go-envconfig"
)

type config struct {
	Port        int      `env:"PORT,default=8080"`
	AdminPort   int      `env:"ADMIN_PORT,default=9901"`     // loopback only
	Envoy       string   `env:"ENVOY,default=envoy"`         // the binary
	File        string   `env:"CONFIG_FILE"`                 // where run and check put the rendering
	Concurrency int      `env:"CONCURRENCY,default=2"`       // worker threads: the instance's vCPUs
	RateLimit   int      `env:"RATE_LIMIT,default=2000"`     // requests a second and instance
	MaxHeapMB   int      `env:"MAX_HEAP_MB,default=400"`     // requests are refused near it; below the container's memory
	LogLevel    string   `env:"LOG_LEVEL,default=warn"`      // Envoy's own log, not the access log
	Project     string   `env:"PROJECT,required"`            // names the traces that log lines point to
	UserIssuer  string   `env:"USER_ISSUER,required"`        // of customers' tokens
	Audience    string   `env:"USER_AUDIENCE,required"`      // of customers' tokens
	JWKS        string   `env:"USER_JWKS_URL,required"`      // the issuer's keys
	Origins     []string `env:"CORS_ORIGINS,required"`       // exact origins of browsers
	Traces      string   `env:"OTEL_EXPORTER_OTLP_ENDPOINT"` // empty: spans are left to the platform
	TraceRatio  float64  `env:"TRACE_RATIO,default=1"`       // of requests that are traced, 0 to 1; one that comes with a decision keeps it
	CloudRun    string   `env:"K_SERVICE"`

	upstreams []upstream // the services, from <SERVICE>_URL
}

// load reads the configuration; a missing variable is named in the error.
func load(ctx context.Context, env envconfig.Lookuper) (config, error) {
	var cfg config
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &cfg, Lookuper: env}); err != nil {
		return cfg, err
	}
	if cfg.File == "" {
		cfg.File = filepath.Join(os.TempDir(), "issho-envoy.yaml")
	}
	for _, name := range programs(routes) {
		key := strings.ToUpper(name) + "_URL"
		base, ok := env.Lookup(key)
		if !ok {
			return cfg, fmt.Errorf("%s is not set: the base URL of the %s service", key, name)
		}
		up, err := parseUpstream(name, base)
		if err != nil {
			return cfg, fmt.Errorf("%s: %w", key, err)
		}
		cfg.upstreams = append(cfg.upstreams, up)
	}
	return cfg, cfg.validate()
}

func (c config) validate() error {
	if c.TraceRatio < 0 || c.TraceRatio > 1 {
		return fmt.Errorf("TRACE_RATIO is %v: it must be between 0 and 1", c.TraceRatio)
	}
	if c.CloudRun == "" {
		return nil
	}
	if !strings.HasPrefix(c.UserIssuer, "https://securetoken.google.com/") {
		return fmt.Errorf("USER_ISSUER is %s: on Cloud Run only https://securetoken.google.com/… is trusted", c.UserIssuer)
	}
	if !strings.HasPrefix(c.JWKS, "https://www.googleapis.com/") {
		return fmt.Errorf("USER_JWKS_URL is %s: on Cloud Run only Google's keys are trusted, at https://www.googleapis.com/…", c.JWKS)
	}
	for _, up := range c.upstreams {
		if !up.TLS {
			return fmt.Errorf("%s_URL is not https: on Cloud Run services are called with TLS and an identity token", strings.ToUpper(up.Name))
		}
	}
	return nil
}

// upstream is one host that Envoy talks to.
type upstream struct {
	Name  string
	Base  string // as given; the audience of the identity token for it
	Host  string
	Port  int
	TLS   bool
	HTTP2 bool
}

// parseUpstream reads a base URL: http is cleartext, https TLS; both HTTP/2.
func parseUpstream(name, base string) (upstream, error) {
	u, err := url.Parse(base)
	if err != nil {
		return upstream{}, err
	}
	if (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return upstream{}, errors.New("want http://HOST:PORT or https://HOST, got " + base)
	}
	up := upstream{Name: name, Base: base, Host: u.Hostname(), Port: 80, TLS: u.Scheme == "https", HTTP2: true}
	if up.TLS {
		up.Port = 443
	}
	if u.Port() != "" {
		up.Port, err = strconv.Atoi(u.Port())
	}
	return up, err
}
