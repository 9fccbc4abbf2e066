package shop

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/issho-shop/issho/internal/clock"
)

// Now is the shop's clock.
func (s *Shop) Now() time.Time { return s.clock.Now() }

// Advance moves the shop's clock, everybody's, forward for good.
func (s *Shop) Advance(d time.Duration) error { return clock.Advance(s.ClockFile, d) }

// Duplicate has every event and every task delivered twice from now on, or no more.
func (s *Shop) Duplicate(ctx context.Context, on bool) error {
	_, err := s.fetch(ctx, http.MethodPost, s.Relay+"/faults", map[string]bool{"duplicate": on})
	return err
}

// Tick calls a scheduled job now: "order-sweep".
func (s *Shop) Tick(ctx context.Context, job string) error {
	_, err := s.fetch(ctx, http.MethodPost, s.Relay+"/tick?job="+url.QueryEscape(job), nil)
	return err
}

// Span is one operation of a trace.
type Span struct {
	ID         string            `json:"spanId"`
	Parent     string            `json:"parentSpanId"`
	Service    string            `json:"service"`
	Name       string            `json:"name"`
	Kind       string            `json:"kind"`
	Start      time.Time         `json:"start"`
	DurationMS float64           `json:"durationMs"`
	Status     string            `json:"status"`
	Attributes map[string]string `json:"attributes"`
}

// Spans are what has arrived of a trace so far, by their start; none is an error.
func (s *Shop) Spans(ctx context.Context, trace string) ([]Span, error) {
	body, err := s.fetch(ctx, http.MethodGet, s.Traces+"/traces/"+trace+"?format=json", nil)
	if err != nil {
		return nil, err
	}
	var t struct {
		Spans []Span `json:"spans"`
	}
	return t.Spans, json.Unmarshal(body, &t)
}

// AllSpans are those of every trace that is still kept.
func (s *Shop) AllSpans(ctx context.Context) ([]Span, error) {
	var spans []Span
	return spans, s.traced(ctx, "/spans", &spans)
}

// Series is one of a metric: what a service measures, with one set of attributes.
type Series struct {
	Service    string            `json:"service"`
	Name       string            `json:"name"`
	Attributes map[string]string `json:"attributes"`
	Last       string            `json:"last"`
}

// Metrics is what has been exported so far.
func (s *Shop) Metrics(ctx context.Context) ([]Series, error) {
	var all []Series
	return all, s.traced(ctx, "/metrics?format=json", &all)
}

func (s *Shop) traced(ctx context.Context, path string, into any) error {
	body, err := s.fetch(ctx, http.MethodGet, s.Traces+path, nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

// Until tries fn until it succeeds, and answers its last error after patience.
func Until(ctx context.Context, patience time.Duration, fn func(context.Context) error) error {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		err := fn(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not within %s: %w", time.Since(began).Round(time.Millisecond), last)
		case <-tick.C:
		}
	}
}
