package testenv

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/issho-shop/issho/internal/caller"
)

// User is a customer whom the world's issuer has logged in.
type User struct {
	ID         string
	Guest      bool   // an anonymous account
	MerchantID string // acts for this merchant
	Operator   bool
	Name       string
}

// key signs every token of this process: making one takes a while.
var key = sync.OnceValue(func() jwk.Key {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // unreachable: the kernel's randomness does not fail
	}
	k, err := jwk.Import(private)
	if err == nil {
		err = k.Set(jwk.KeyIDKey, "test")
	}
	if err != nil {
		panic(err) // unreachable: the key is well formed
	}
	return k
})

// newIssuer serves the keys, and the platform's endpoint from which the service
// gets its own tokens. It returns the base URL.
func newIssuer(t testing.TB, w *World) string {
	t.Helper()
	public, err := key().PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /jwks.json", func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(out).Encode(map[string]any{"keys": []any{public}}) // the client has gone: nobody to tell
	})
	mux.HandleFunc("GET /identity", func(out http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Metadata-Flavor") != "Google" {
			http.Error(out, "not asked as the metadata server is", http.StatusForbidden)
			return
		}
		fmt.Fprint(out, w.ServiceToken(w.service, r.URL.Query().Get("audience")))
	})
	return Listen(t, mux)
}

// UserToken returns a customer's token, as of a login a minute ago.
func (w *World) UserToken(u User) string {
	w.t.Helper()
	provider := "password"
	if u.Guest {
		provider = "anonymous"
	}
	claims := map[string]any{
		"auth_time": time.Now().Add(-time.Minute).Unix(),
		"firebase":  map[string]any{"sign_in_provider": provider},
	}
	if u.MerchantID != "" {
		claims["merchant_id"] = u.MerchantID
	}
	if u.Operator {
		claims["operator"] = true
	}
	if u.Name != "" {
		claims["name"] = u.Name
	}
	return w.sign(w.issuer+"/users", w.project, u.ID, claims)
}

// ServiceToken returns the token with which identity ("order", "tasks",
// "pubsub") calls the service whose SELF_URL is audience.
func (w *World) ServiceToken(identity, audience string) string {
	w.t.Helper()
	return w.sign(w.issuer+"/services", audience, identity, map[string]any{
		"email":          caller.Account(identity, w.project),
		"email_verified": true,
	})
}

func (w *World) sign(issuer, audience, subject string, claims map[string]any) string {
	w.t.Helper()
	now := time.Now()
	b := jwt.NewBuilder().Issuer(issuer).Audience([]string{audience}).Subject(subject).IssuedAt(now).Expiration(now.Add(time.Hour))
	for name, value := range claims {
		b = b.Claim(name, value)
	}
	token, err := b.Build()
	if err != nil {
		w.t.Fatal(err)
	}
	signed, err := jwt.Sign(token, jwt.WithKey(jwa.RS256(), key()))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(signed)
}

// As returns a client that calls as a customer.
func (w *World) As(u User) *http.Client { return bearing(w.UserToken(u)) }

// AsService returns a client that calls the service as another one, or as tasks,
// scheduler, pubsub or ops.
func (w *World) AsService(identity string) *http.Client {
	return bearing(w.ServiceToken(identity, w.selfURL))
}

func bearing(token string) *http.Client {
	return &http.Client{Transport: bearer{token}, Timeout: 30 * time.Second}
}

type bearer struct{ token string }

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return http.DefaultTransport.RoundTrip(r)
}
