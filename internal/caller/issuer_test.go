package caller

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

const (
	userIssuer    = "http://issuer.test/users"
	serviceIssuer = "http://issuer.test/services"
	self          = "http://order.test"
)

// newKey makes a key once for each name; they are slow to make.
var newKey = func() func(t *testing.T, id string) jwk.Key {
	var mu sync.Mutex
	made := map[string]jwk.Key{}
	return func(t *testing.T, id string) jwk.Key {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if made[id] != nil {
			return made[id]
		}
		private, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatal(err)
		}
		key, err := jwk.Import(private)
		if err != nil {
			t.Fatal(err)
		}
		if err := key.Set(jwk.KeyIDKey, id); err != nil {
			t.Fatal(err)
		}
		made[id] = key
		return key
	}
}()

// issuerOf serves the public halves of the keys; it can be told to fail, and counts what it is asked.
type testIssuer struct {
	*httptest.Server
	mu    sync.Mutex
	keys  []jwk.Key
	down  atomic.Bool
	asked atomic.Int32
}

func newTestIssuer(t *testing.T, keys ...jwk.Key) *testIssuer {
	t.Helper()
	i := &testIssuer{keys: keys}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		i.asked.Add(1)
		if i.down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		i.mu.Lock()
		defer i.mu.Unlock()
		set := jwk.NewSet()
		for _, key := range i.keys {
			public, err := key.PublicKey()
			if err == nil {
				err = set.AddKey(public)
			}
			if err != nil {
				t.Error(err)
			}
		}
		_ = json.NewEncoder(w).Encode(set)
	}))
	t.Cleanup(i.Close)
	return i
}

func (i *testIssuer) add(key jwk.Key) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = append(i.keys, key)
}

func (i *testIssuer) config() Config {
	return Config{
		Project: "issho-test", UserIssuer: userIssuer, UserAudience: "issho-test", UserJWKS: i.URL,
		ServiceIssuer: serviceIssuer, ServiceJWKS: i.URL + "/services", SelfURL: self,
	}
}

func newVerifier(t *testing.T, cfg Config) *Verifier {
	t.Helper()
	v, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

type claims map[string]any

// user is a valid customer's token, with changes; a nil value takes a claim away.
func user(changes claims) claims {
	return claims{
		"iss": userIssuer, "aud": "issho-test", "sub": "u_hanako", "iat": ago(time.Minute), "exp": ago(-time.Hour),
		"name": "花子", "firebase": map[string]any{"sign_in_provider": "password"},
	}.with(changes)
}

// service is a valid service's token, with changes.
func service(name string, changes claims) claims {
	return claims{
		"iss": serviceIssuer, "aud": self, "iat": ago(time.Minute), "exp": ago(-time.Hour), "sub": "1234",
		"email": "issho-" + name + "@issho-test.iam.gserviceaccount.com", "email_verified": true,
	}.with(changes)
}

func (c claims) with(changes claims) claims {
	for name, value := range changes {
		if c[name] = value; value == nil {
			delete(c, name)
		}
	}
	return c
}

func ago(d time.Duration) int64 { return time.Now().Add(-d).Unix() }

func (c claims) signed(t *testing.T, key jwk.Key) string {
	t.Helper()
	return c.signedAs(t, jwa.RS256(), key)
}

func (c claims) signedAs(t *testing.T, algorithm jwa.SignatureAlgorithm, key any) string {
	t.Helper()
	token := jwt.New()
	for name, value := range c {
		if err := token.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	text, err := jwt.Sign(token, jwt.WithKey(algorithm, key))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
