package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/issho-shop/issho/internal/caller"
)

// tokens fetches service tokens from the issuer and keeps each for half of its hour.
type tokens struct {
	issuer  string
	project string
	mu      sync.Mutex
	kept    map[[2]string]kept
}

type kept struct {
	token string
	until time.Time
}

func newTokens(issuer, project string) *tokens {
	return &tokens{issuer: issuer, project: project, kept: map[[2]string]kept{}}
}

// get answers a token of the identity for the audience.
func (t *tokens) get(ctx context.Context, identity, audience string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := [2]string{identity, audience}
	if k := t.kept[key]; time.Now().Before(k.until) {
		return k.token, nil
	}
	token, err := t.fetch(ctx, identity, audience)
	if err != nil {
		return "", fmt.Errorf("token of %s for %s: %w", identity, audience, err)
	}
	t.kept[key] = kept{token, time.Now().Add(30 * time.Minute)}
	return token, nil
}

// fetch asks as a program on Google Cloud asks its metadata server.
func (t *tokens) fetch(ctx context.Context, identity, audience string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	email := caller.Account(identity, t.project)
	address := fmt.Sprintf("%s/computeMetadata/v1/instance/service-accounts/%s/identity?audience=%s&format=full",
		t.issuer, email, url.QueryEscape(audience))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Metadata-Flavor", "Google")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("the issuer answered %s: %s", res.Status, body)
	}
	return string(body), err
}
