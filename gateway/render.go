package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"text/template"
)

//go:embed envoy.yaml
var source string

// view is what envoy.yaml sees.
type view struct {
	config
	Routes   []route
	Services []upstream
	Keys     upstream  // serves the issuer's JWKS
	Sink     *upstream // of spans; nil: Envoy exports none
	Refusals []refusal
	Address  string // where to listen
}

// Identity says whether upstreams want a Google ID token: those on TLS do.
func (v view) Identity() bool {
	return slices.ContainsFunc(v.Services, func(u upstream) bool { return u.TLS })
}

// Metadata is Google's metadata server, which mints those tokens.
func (v view) Metadata() upstream {
	return upstream{Name: "metadata", Host: "metadata.google.internal", Port: 80}
}

// Upstream finds the service of that name; load has made sure that it is there.
func (v view) Upstream(name string) upstream {
	return v.Services[slices.IndexFunc(v.Services, func(u upstream) bool { return u.Name == name })]
}

func (v view) MaxHeapBytes() int { return v.MaxHeapMB << 20 }

// RateFill is the bucket's refill each tenth of a second.
func (v view) RateFill() int { return max(1, v.RateLimit/10) }

// TracePercent is what Envoy calls TraceRatio.
func (v view) TracePercent() float64 { return v.TraceRatio * 100 }

func (v view) Locales() []string          { return locales }
func (v view) StrippedPrefixes() []string { return strippedPrefixes }
func (v view) StrippedHeaders() []string  { return strippedHeaders }

// render answers Envoy's configuration. Values are written as JSON, which YAML
// contains, so that no value can change the document's shape.
func render(cfg config) ([]byte, error) {
	v := view{config: cfg, Routes: routes, Services: cfg.upstreams, Refusals: refusals, Address: "127.0.0.1"}
	if cfg.CloudRun != "" {
		v.Address = "0.0.0.0"
	}
	var err error
	if v.Keys, err = parseUpstream("keys", cfg.JWKS); err != nil {
		return nil, fmt.Errorf("USER_JWKS_URL: %w", err)
	}
	v.Keys.HTTP2 = false
	if cfg.Traces != "" {
		sink, err := parseUpstream("traces", cfg.Traces)
		if err != nil {
			return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: %w", err)
		}
		v.Sink = &sink
	}
	return v.text()
}

func (v view) text() ([]byte, error) {
	t, err := template.New("envoy.yaml").Funcs(template.FuncMap{"json": quote}).Option("missingkey=error").Parse(source)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, v); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func quote(value any) (string, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return "", err
	}
	return string(bytes.TrimSpace(out.Bytes())), nil
}
