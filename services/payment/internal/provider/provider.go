// Package provider is payment's one adapter to Stripe: PaymentIntents held and captured by hand, refunds, customers and
// their saved methods, and webhooks, in payment's words.
//
// Each call that changes something takes its idempotency key from the caller, is sent once, and ends either in an answer
// or in an *Error whose Kind says what may be concluded from it. Above all the package never turns silence into a no. A
// circuit breaker and a bulkhead stand round every call. Nothing of a call is logged: Stripe's objects hold personal data.
package provider

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/budget"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
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
	room    bulkhead.Bulkhead[any]
	repeat  retrypolicy.RetryPolicy[any]
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
		room:    bulkhead.NewBuilder[any](callsAtOnce).WithMaxWaitTime(roomWait).Build(),
		repeat:  newRepeat(),
	}
}

func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 100
	return t
}

const (
	// callsAtOnce bounds the calls of one instance that are under way: a provider that hangs holds no more than these.
	callsAtOnce = 64
	// roomWait is how long a call waits for room.
	roomWait = time.Second
)

// newBreaker opens when at least half of ten or more calls within ten seconds found no provider. Five seconds later it lets
// one call through, whose success closes it.
func newBreaker() circuitbreaker.CircuitBreaker[any] {
	return circuitbreaker.NewBuilder[any]().
		WithFailureRateThreshold(0.5, 10, 10*time.Second).
		WithDelay(5 * time.Second).
		WithSuccessThreshold(1).
		Build()
}

// Down tells that calls would not be sent: the breaker is open. It stays so until somebody calls after its pause, so that whoever
// heeds Down must not be kept from being the one.
func (c *Client) Down() bool { return c.breaker.IsOpen() && c.breaker.RemainingDelay() > 0 }

var tracer = otel.Tracer("github.com/issho-shop/issho/services/payment")

// call sends one request as a span, round the breaker, and classifies its error.
func call[T any](ctx context.Context, c *Client, name string, send func(context.Context) (T, error)) (T, error) {
	var none T
	if err := c.room.AcquirePermitWithMaxWait(ctx, roomWait); err != nil {
		return none, &Error{Kind: Busy, Code: "too_many_calls"}
	}
	defer c.room.ReleasePermit()
	if !c.breaker.TryAcquirePermit() {
		return none, &Error{Kind: Busy, Code: "breaker_open"}
	}
	ctx, span := tracer.Start(ctx, "stripe "+name, trace.WithSpanKind(trace.SpanKindClient))
	defer span.End()
	got, failure := attempt(ctx, c, send)
	if failure != nil {
		span.SetStatus(codes.Error, string(failure.Kind)+" "+failure.Code)
		return none, failure
	}
	return got, nil
}

// newRepeat sends a request once more when it cannot have been done: no connection, or 429. Such repeats carry the same key,
// and are at most a fifth of what is under way: a provider in trouble is not buried under them. Whatever else has to be
// repeated is repeated by payment's rows.
func newRepeat() retrypolicy.RetryPolicy[any] {
	return retrypolicy.NewBuilder[any]().
		HandleIf(func(_ any, err error) bool { return err != nil && KindOf(err) == Busy }).
		WithMaxRetries(1).
		WithRandomDelay(50*time.Millisecond, 150*time.Millisecond).
		WithBudget(budget.NewBuilder().WithMaxRate(0.2).WithMinConcurrency(2).Build()).
		Build()
}

// attempt sends a request, perhaps twice, and answers how the last try ended.
func attempt[T any](ctx context.Context, c *Client, send func(context.Context) (T, error)) (got T, failure *Error) {
	failure = &Error{Kind: Busy, Code: "not_sent"}                            // the caller was gone before the first try
	_, _ = failsafe.With(c.repeat).WithContext(ctx).Get(func() (any, error) { // what it returns is known below
		began := time.Now()
		answer, err := send(ctx)
		got, failure = answer, classify(err)
		c.record(ctx, failure, time.Since(began))
		if failure != nil {
			return nil, failure
		}
		return nil, nil
	})
	return got, failure
}

// fairTime is what a provider that is there needs at most, nearly always.
const fairTime = 2 * time.Second

// record tells the breaker whether there is a provider: a refusal is an answer; a customer who hangs up says nothing, nor does
// a call whose time was over before the provider had a fair chance, because our own database had taken it. (Half open, the
// breaker waits to be told something.)
func (c *Client) record(ctx context.Context, failure *Error, took time.Duration) {
	cut := errors.Is(ctx.Err(), context.Canceled) || ctx.Err() != nil && took < fairTime
	if failure != nil && cut && !c.breaker.IsHalfOpen() {
		return
	}
	if failure != nil && (failure.Kind == NoAnswer || failure.Kind == Broken || failure.Kind == Busy) {
		c.breaker.RecordFailure()
		return
	}
	c.breaker.RecordSuccess()
}
