// Package provider is payment's one adapter to Stripe: PaymentIntents held and captured by hand, refunds, customers and
// their saved methods, and webhooks, in payment's words.
//
// Each call that changes something takes its idempotency key from the caller, is sent once, and ends either in an answer
// or in an *Error whose Kind says what may be concluded from it. Above all the package never turns silence into a no. A
// circuit breaker stands round every call. Nothing of a call is logged: Stripe's objects hold personal data.
package provider

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/stripe/stripe-go/v86"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Config is how Stripe is reached.
type Config struct {
	URL           string `env:"STRIPE_URL"` // empty: Stripe itself
	Key           string `env:"STRIPE_KEY, required"`
	WebhookSecret string `env:"STRIPE_WEBHOOK_SECRET, required"`
}

// Validate refuses what could send a live key elsewhere than to Stripe, and an empty secret, with which anybody can sign.
func (c Config) Validate() error {
	if c.Key == "" || c.WebhookSecret == "" {
		return errors.New("STRIPE_KEY and STRIPE_WEBHOOK_SECRET must not be empty")
	}
	if c.URL != "" && len(c.Key) >= 8 && c.Key[:8] == "sk_live_" {
		return errors.New("STRIPE_URL is for simulators and STRIPE_KEY is a live key: unset one")
	}
	return nil
}

// Client speaks to Stripe, safe for concurrent use.
type Client struct {
	stripe  *stripe.Client
	secret  string
	breaker circuitbreaker.CircuitBreaker[any]
}

// New makes no call.
func New(cfg Config) *Client {
	backend := &stripe.BackendConfig{
		HTTPClient:        &http.Client{Transport: transport(), Timeout: 20 * time.Second},
		MaxNetworkRetries: stripe.Int64(0), // when to repeat is decided by payment's rows
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
	}
	if cfg.URL != "" {
		backend.URL = stripe.String(cfg.URL)
	}
	return &Client{
		stripe:  stripe.NewClient(cfg.Key, stripe.WithBackends(stripe.NewBackendsWithConfig(backend))),
		secret:  cfg.WebhookSecret,
		breaker: newBreaker(),
	}
}

func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 100
	return t
}

// newBreaker opens when at least half of ten or more calls within ten seconds found no provider. Five seconds later it lets
// one call through, whose success closes it.
func newBreaker() circuitbreaker.CircuitBreaker[any] {
	return circuitbreaker.NewBuilder[any]().
		WithFailureRateThreshold(0.5, 10, 10*time.Second).
		WithDelay(5 * time.Second).
		WithSuccessThreshold(1).
		Build()
}

// Down tells that the breaker is open: calls would not be sent.
func (c *Client) Down() bool { return c.breaker.IsOpen() }

var tracer = otel.Tracer("github.com/issho-shop/issho/services/payment")

// call sends one request as a span, round the breaker, and classifies its error.
func call[T any](ctx context.Context, c *Client, name string, send func(context.Context) (T, error)) (T, error) {
	var none T
	if !c.breaker.TryAcquirePermit() {
		return none, &Error{Kind: Busy, Code: "breaker_open"}
	}
	ctx, span := tracer.Start(ctx, "stripe "+name, trace.WithSpanKind(trace.SpanKindClient))
	defer span.End()
	got, err := send(ctx)
	failure := classify(err)
	c.record(ctx, failure)
	if failure != nil {
		span.SetStatus(codes.Error, string(failure.Kind)+" "+failure.Code)
		return none, failure
	}
	return got, nil
}

// record tells the breaker whether there is a provider: a refusal is an answer, and a customer who hangs up says nothing.
// (Half open, the breaker waits to be told something.)
func (c *Client) record(ctx context.Context, failure *Error) {
	if failure != nil && errors.Is(ctx.Err(), context.Canceled) && !c.breaker.IsHalfOpen() {
		return
	}
	if failure != nil && (failure.Kind == NoAnswer || failure.Kind == Broken || failure.Kind == Busy) {
		c.breaker.RecordFailure()
		return
	}
	c.breaker.RecordSuccess()
}
