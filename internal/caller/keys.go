package caller

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/lestrrat-go/httprc/v3"
	"github.com/lestrrat-go/httprc/v3/errsink"
	"github.com/lestrrat-go/jwx/v3/jwk"

	"github.com/issho-shop/issho/internal/fault"
)

// keys are an issuer's public keys, refreshed in the background, and at once for a key id that is not among them.
type keys struct {
	url   string
	cache *jwk.Cache
	set   *httprc.ResourceBase[jwk.Set]

	mu    sync.Mutex
	asked time.Time // of the last fetch out of turn
}

// How often an unknown key id may cause a fetch: anybody can invent one. Without any keys we ask more often.
const (
	pause      = 10 * time.Second
	pauseBlind = time.Second
)

// fetchTime is what a fetch may take.
const fetchTime = 2 * time.Second

func fetchKeys(ctx context.Context, url string) (*keys, error) {
	log := errsink.NewFunc(func(ctx context.Context, err error) {
		slog.WarnContext(ctx, "the keys of an issuer cannot be fetched", "error", err)
	})
	cache, err := jwk.NewCache(ctx, httprc.NewClient(httprc.WithWorkers(1), httprc.WithErrorSink(log)))
	if err != nil {
		return nil, fmt.Errorf("keys of %s: %w", url, err)
	}
	err = cache.Register(ctx, url, jwk.WithWaitReady(false), jwk.WithMaxInterval(time.Hour), jwk.WithMinInterval(time.Minute),
		jwk.WithHTTPClient(&http.Client{Timeout: fetchTime}))
	if err != nil {
		return nil, fmt.Errorf("keys of %s: %w", url, err)
	}
	set, err := cache.LookupResource(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("keys of %s: %w", url, err)
	}
	return &keys{url: url, cache: cache, set: set}, nil
}

// find answers the key with an id, or a refusal: TOKEN_INVALID when the issuer has no such key, DEPENDENCY_UNAVAILABLE
// when its keys cannot be had.
func (k *keys) find(ctx context.Context, id string) (jwk.Key, error) {
	if key, ok := k.lookup(id); ok {
		return key, nil
	}
	err := k.fetch(ctx)
	if key, ok := k.lookup(id); ok {
		return key, nil
	}
	if k.set.Resource() == nil {
		return nil, fault.New(fault.DependencyUnavailable, "dependency", "identity").Because(err)
	}
	return nil, invalid(fmt.Errorf("no key %q at %s", id, k.url))
}

func (k *keys) lookup(id string) (jwk.Key, bool) {
	set := k.set.Resource()
	if set == nil || id == "" {
		return nil, false
	}
	return set.LookupKeyID(id)
}

// fetch asks for the keys out of turn, one call at a time and not more often than the pause. It goes on when the call that
// needed them is given up: all others with a new key would be refused until the pause is over.
func (k *keys) fetch(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	wait := pause
	if k.set.Resource() == nil {
		wait = pauseBlind
	}
	if time.Since(k.asked) < wait {
		return errors.New("asked a moment ago")
	}
	k.asked = time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTime)
	defer cancel()
	_, err := k.cache.Refresh(ctx, k.url)
	return err
}

// ready reports whether there are keys, and asks for them if not.
func (k *keys) ready(ctx context.Context) error {
	if k.set.Resource() != nil {
		return nil
	}
	if err := k.fetch(ctx); k.set.Resource() == nil {
		return fmt.Errorf("keys of %s: %w", k.url, err)
	}
	return nil
}
