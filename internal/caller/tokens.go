package caller

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/issho-shop/issho/internal/fault"
)

// Tokens fetches our own identity tokens from the platform's metadata server, one per service that we call, and keeps
// each until shortly before it expires. It is safe for concurrent use.
type Tokens struct {
	url    string
	client *http.Client

	mu     sync.Mutex
	tokens map[string]*token
}

const (
	// early is how long before its end a token is replaced; of a short-lived one the last third.
	early = 5 * time.Minute
	// How long a fetch that failed is not repeated, since all who call that service wait for it one after another. Without
	// a token to go on with we ask more often.
	rest      = 30 * time.Second
	restBlind = time.Second
)

// token is the one for an audience. Its lock is held while it is fetched, so that one fetch serves all who wait.
type token struct {
	mu       sync.Mutex
	text     string
	renew    time.Time
	expires  time.Time
	failed   error     // of the last fetch
	again    time.Time // when to fetch after it failed
	audience string
}

// NewTokens answers a source that asks the metadata server's address for identity tokens.
func NewTokens(identityURL string) *Tokens {
	// Straight to the platform, never through a proxy.
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{Proxy: nil, MaxIdleConnsPerHost: 2}}
	return &Tokens{url: identityURL, client: client, tokens: map[string]*token{}}
}

// Token answers a token for an audience, the callee's own address. Its error is DEPENDENCY_UNAVAILABLE.
func (t *Tokens) Token(ctx context.Context, audience string) (string, error) {
	kept := t.kept(audience)
	kept.mu.Lock()
	defer kept.mu.Unlock()
	now := time.Now()
	if now.Before(kept.renew) {
		return kept.text, nil
	}
	if !now.Before(kept.again) {
		t.renew(ctx, kept)
	}
	if now.Before(kept.expires) {
		return kept.text, nil
	}
	if kept.failed != nil {
		return "", fault.New(fault.DependencyUnavailable, "dependency", "identity").Because(kept.failed)
	}
	return kept.text, nil
}

// renew replaces a token, or keeps why that failed.
func (t *Tokens) renew(ctx context.Context, kept *token) {
	kept.failed = t.fetch(context.WithoutCancel(ctx), kept)
	if kept.failed == nil {
		return
	}
	now := time.Now()
	kept.again = now.Add(restBlind)
	if now.Before(kept.expires) {
		kept.again = now.Add(rest)
		slog.WarnContext(ctx, "a token cannot be renewed; the last one serves on", "audience", kept.audience, "error", kept.failed)
	}
}

func (t *Tokens) kept(audience string) *token {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept, ok := t.tokens[audience]
	if !ok {
		kept = &token{audience: audience}
		t.tokens[audience] = kept
	}
	return kept
}

// fetch asks for a new token. It outlives the call that needed it, since others wait for it too.
func (t *Tokens) fetch(ctx context.Context, kept *token) error {
	query := url.Values{"audience": {kept.audience}, "format": {"full"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.url+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	req.Header.Set("Metadata-Flavor", "Google")
	res, err := t.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, longest))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the metadata server answered %s for %s", res.Status, kept.audience)
	}
	return kept.take(strings.TrimSpace(string(body)))
}

// take keeps a token. Its end is read unverified: whoever we call verifies it.
func (k *token) take(text string) error {
	claims, err := jwt.ParseInsecure([]byte(text))
	if err != nil {
		return fmt.Errorf("the metadata server's token: %w", err)
	}
	expires, ok := claims.Expiration()
	if !ok {
		return fmt.Errorf("the metadata server's token for %s never expires", k.audience)
	}
	k.text, k.expires = text, expires
	k.renew = expires.Add(-min(early, time.Until(expires)/3))
	return nil
}

// Transport puts a token for the audience on each request, beside whatever Authorization says about a user.
func (t *Tokens) Transport(audience string, next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		text, err := t.Token(r.Context(), audience)
		if err != nil {
			return nil, err
		}
		r = r.Clone(r.Context()) // a transport must not change its request
		r.Header.Set(serverless, "Bearer "+text)
		return next.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
