package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"connectrpc.com/connect"
)

// login is whose token a request carries.
type login struct {
	user, merchant string
	operator       bool
}

// merchant is the person who keeps that merchant's goods.
func merchant(id string) login { return login{user: "keeper_" + id, merchant: id} }

// tokens answers a client for each login, which fetches its token from the issuer once.
func tokens(issuer string) func(login) *http.Client {
	var mu sync.Mutex
	known := map[login]string{}
	return func(who login) *http.Client {
		return &http.Client{Timeout: 30 * time.Second, Transport: bearer(func(ctx context.Context) (string, error) {
			mu.Lock()
			defer mu.Unlock()
			if known[who] == "" {
				token, err := fetch(ctx, issuer, who)
				if err != nil {
					return "", err
				}
				known[who] = token
			}
			return known[who], nil
		})}
	}
}

func fetch(ctx context.Context, issuer string, who login) (string, error) {
	q := url.Values{"user": {who.user}}
	if who.merchant != "" {
		q.Set("merchant", who.merchant)
	}
	if who.operator {
		q.Set("operator", "1")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, issuer+"/token?"+q.Encode(), nil)
	if err != nil {
		return "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", fmt.Errorf("token for %s: %w", who.user, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "", fmt.Errorf("token for %s: %w", who.user, err)
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("token for %s: the issuer answers %s", who.user, res.Status)
	}
	return strings.TrimSpace(string(body)), nil
}

// transport keeps a connection for each request in flight.
var transport = &http.Transport{MaxIdleConnsPerHost: parallel}

// bearer puts a token on each request.
type bearer func(ctx context.Context) (string, error)

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	token, err := b(r.Context())
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+token)
	return transport.RoundTrip(r)
}

// patience is how long a request is tried again that found the shop busy, or not yet up.
const patience = 30 * time.Second

// again repeats do while the answer says that waiting helps.
func again(ctx context.Context, do func() error) error {
	pause, until := 50*time.Millisecond, time.Now().Add(patience)
	for {
		err := do()
		switch connect.CodeOf(err) {
		case connect.CodeAborted, connect.CodeUnavailable, connect.CodeResourceExhausted:
		default:
			return err
		}
		if time.Now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
			pause = min(2*pause, 2*time.Second)
		}
	}
}
