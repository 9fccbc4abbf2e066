package caller

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/issho-shop/issho/internal/fault"
)

// metadataServer mints tokens that live for life, or fails.
type metadataServer struct {
	*httptest.Server
	asked atomic.Int32
	life  atomic.Int64
	down  atomic.Bool
}

func newMetadataServer(t *testing.T, life time.Duration) *metadataServer {
	t.Helper()
	m := &metadataServer{}
	m.life.Store(int64(life))
	key := newKey(t, "k1")
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := m.asked.Add(1)
		if m.down.Load() || r.Header.Get("Metadata-Flavor") != "Google" || r.URL.Query().Get("format") != "full" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, service("cart", claims{
			"aud": r.URL.Query().Get("audience"), "exp": ago(-time.Duration(m.life.Load())), "jti": fmt.Sprint(n),
		}).signed(t, key)+"\n")
	}))
	t.Cleanup(m.Close)
	return m
}

func TestTokenIsKeptPerAudience(t *testing.T) {
	t.Parallel()
	m := newMetadataServer(t, time.Hour)
	tokens := NewTokens(m.URL)
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			if _, err := tokens.Token(t.Context(), []string{"http://order.test", "http://user.test"}[i%2]); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := m.asked.Load(); got != 2 {
		t.Errorf("asked %d times for two audiences", got)
	}
}

func TestTokenIsRenewedBeforeItsEnd(t *testing.T) {
	t.Parallel()
	m := newMetadataServer(t, time.Hour)
	tokens := NewTokens(m.URL)
	first, err := tokens.Token(t.Context(), self)
	if err != nil {
		t.Fatal(err)
	}
	kept := tokens.kept(self)
	if left := kept.expires.Sub(kept.renew); left != early {
		t.Errorf("renewed %v before its end", left)
	}
	kept.renew = time.Now()
	m.down.Store(true)
	if again, err := tokens.Token(t.Context(), self); err != nil || again != first {
		t.Errorf("a token that is still good is not used: %v", err)
	}
	m.down.Store(false)
	kept.again = time.Now()
	if again, err := tokens.Token(t.Context(), self); err != nil || again == first {
		t.Errorf("not renewed: %v", err)
	}
	kept.renew, kept.expires = time.Now(), time.Now()
	m.down.Store(true)
	if _, err := tokens.Token(t.Context(), self); fault.ReasonOf(err) != fault.DependencyUnavailable {
		t.Errorf("got %v", err)
	}
}

func TestFailedFetchIsNotRepeatedByAllWhoWait(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*metadataServer, *Tokens) error{
		"without a token": func(*metadataServer, *Tokens) error { return nil },
		"with one to renew": func(_ *metadataServer, tokens *Tokens) error {
			_, err := tokens.Token(t.Context(), self)
			tokens.kept(self).renew = time.Now()
			return err
		},
	} {
		m := newMetadataServer(t, time.Hour)
		tokens := NewTokens(m.URL)
		if err := prepare(m, tokens); err != nil {
			t.Fatal(err)
		}
		m.down.Store(true)
		before := m.asked.Load()
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { _, _ = tokens.Token(t.Context(), self) }) // whether it has one is not asked here
		}
		all.Wait()
		if got := m.asked.Load() - before; got != 1 {
			t.Errorf("%s: asked %d times", name, got)
		}
	}
}

func TestTransportKeepsTheUsersToken(t *testing.T) {
	t.Parallel()
	m := newMetadataServer(t, time.Hour)
	key := newKey(t, "k1")
	v := newVerifier(t, newTestIssuer(t, key).config())
	callee := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, err := v.Service(r)
		fmt.Fprint(w, name, err, r.Header.Get(authorization))
	}))
	t.Cleanup(callee.Close)
	client := &http.Client{Transport: NewTokens(m.URL).Transport(self, http.DefaultTransport)}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, callee.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(authorization, "Bearer user")
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err != nil || string(body) != "cart<nil>Bearer user" {
		t.Errorf("got %s, %v", body, err)
	}
	if req.Header.Get(serverless) != "" {
		t.Error("the caller's request was changed")
	}
}

func TestCallWithoutATokenIsNotMade(t *testing.T) {
	t.Parallel()
	m := newMetadataServer(t, time.Hour)
	m.down.Store(true)
	client := &http.Client{Transport: NewTokens(m.URL).Transport(self, http.DefaultTransport)}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, m.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err == nil {
		res.Body.Close()
	}
	var refusal *fault.Error
	if !errors.As(err, &refusal) || fault.Meta(err, "dependency") != "identity" {
		t.Errorf("got %v", err)
	}
}
