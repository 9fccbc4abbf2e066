package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"
	"github.com/sethvargo/go-envconfig"
)

func start(t *testing.T, dir string) *httptest.Server {
	t.Helper()
	key, err := loadKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	is := &issuer{key: key, url: "http://127.0.0.1:8302", project: "issho-local"}
	srv := httptest.NewServer(is.handler())
	t.Cleanup(srv.Close)
	return srv
}

func get(t *testing.T, url string, flavor string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if flavor != "" {
		req.Header.Set("Metadata-Flavor", flavor)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// verified checks a token by the served JWKS and answers its claims.
func verified(t *testing.T, srv *httptest.Server, token string) map[string]any {
	t.Helper()
	_, text := get(t, srv.URL+"/jwks.json", "")
	keys, err := jwk.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jwt.Parse([]byte(token), jwt.WithKeySet(keys))
	if err != nil {
		t.Fatalf("token %q does not verify: %v", token, err)
	}
	claims := map[string]any{}
	for _, k := range parsed.Keys() {
		var v any
		if err := parsed.Get(k, &v); err != nil {
			t.Fatal(err)
		}
		claims[k] = v
	}
	return claims
}

func TestCustomerTokenHasFirebaseShape(t *testing.T) {
	t.Parallel()
	srv := start(t, t.TempDir())
	for name, tc := range map[string]struct {
		query string
		want  map[string]any
	}{
		"customer":           {"user=hanako&name=花子", map[string]any{"sub": "hanako", "name": "花子", "provider": "password"}},
		"guest":              {"user=g1&guest=1", map[string]any{"sub": "g1", "provider": "anonymous"}},
		"merchant":           {"user=m1&merchant=yaoya", map[string]any{"sub": "m1", "merchant_id": "yaoya", "provider": "password"}},
		"operator":           {"user=o1&operator=1", map[string]any{"sub": "o1", "operator": true, "provider": "password"}},
		"operator=0 is none": {"user=o1&operator=0", map[string]any{"sub": "o1", "provider": "password"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, token := get(t, srv.URL+"/token?"+tc.query, "")
			if status != http.StatusOK {
				t.Fatalf("status %d: %s", status, token)
			}
			got := verified(t, srv, token)
			tc.want["iss"] = "http://127.0.0.1:8302/users"
			tc.want["aud"] = []string{"issho-local"}
			tc.want["user_id"] = tc.want["sub"]
			got["provider"] = got["firebase"].(map[string]any)["sign_in_provider"]
			for _, k := range []string{"firebase", "iat", "exp", "auth_time"} {
				if got[k] == nil {
					t.Errorf("claim %s is missing", k)
				}
				delete(got, k)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNegativeTTLGivesExpiredToken(t *testing.T) {
	t.Parallel()
	srv := start(t, t.TempDir())
	_, token := get(t, srv.URL+"/token?user=hanako&ttl=-1h", "")
	parsed, err := jwt.ParseInsecure([]byte(token))
	if err != nil {
		t.Fatal(err)
	}
	exp, _ := parsed.Expiration()
	iat, _ := parsed.IssuedAt()
	if !exp.Before(time.Now().Add(-59*time.Minute)) || !iat.Before(exp) {
		t.Errorf("issued %v, expires %v: want both in the past, in this order", iat, exp)
	}
}

func TestServiceTokenHasGoogleShape(t *testing.T) {
	t.Parallel()
	srv := start(t, t.TempDir())
	path := srv.URL + "/computeMetadata/v1/instance/service-accounts/issho-order@issho-local.iam.gserviceaccount.com/identity?audience=http://127.0.0.1:8105"
	_, token := get(t, path+"&format=full", "Google")
	got := verified(t, srv, token)
	want := map[string]any{
		"iss": "http://127.0.0.1:8302/services", "aud": []string{"http://127.0.0.1:8105"},
		"email": "issho-order@issho-local.iam.gserviceaccount.com", "email_verified": true,
		"sub": accountID("issho-order@issho-local.iam.gserviceaccount.com"),
	}
	want["azp"] = want["sub"]
	delete(got, "iat")
	delete(got, "exp")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	_, token = get(t, path, "Google")
	if email := verified(t, srv, token)["email"]; email != nil {
		t.Errorf("the standard format names %v, want no e-mail", email)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	srv := start(t, t.TempDir())
	accounts := "/computeMetadata/v1/instance/service-accounts/"
	for name, tc := range map[string]struct {
		path, flavor string
		want         int
	}{
		"no user":         {"/token", "", 400},
		"endless user":    {"/token?user=" + strings.Repeat("a", 129), "", 400},
		"odd ttl":         {"/token?user=a&ttl=soon", "", 400},
		"no flavour":      {accounts + "issho-order@issho-local.iam.gserviceaccount.com/identity?audience=a", "", 403},
		"foreign project": {accounts + "order@elsewhere.iam.gserviceaccount.com/identity?audience=a", "Google", 404},
		"no account":      {accounts + "@issho-local.iam.gserviceaccount.com/identity?audience=a", "Google", 404},
		"no audience":     {accounts + "issho-order@issho-local.iam.gserviceaccount.com/identity", "Google", 400},
		"unknown path":    {"/private-key", "", 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, body := get(t, srv.URL+tc.path, tc.flavor); got != tc.want {
				t.Errorf("status %d (%s), want %d", got, body, tc.want)
			}
		})
	}
}

func TestKeySurvivesRestartAndStaysPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "issuer")
	first := start(t, dir)
	_, token := get(t, first.URL+"/token?user=hanako", "")
	second := start(t, dir)
	if got := verified(t, second, token)["sub"]; got != "hanako" {
		t.Errorf("sub %v, want hanako", got)
	}
	if _, text := get(t, second.URL+"/jwks.json", ""); strings.Contains(text, `"d"`) {
		t.Errorf("the key set holds the private exponent: %s", text)
	}
	info, err := os.Stat(filepath.Join(dir, "issuer-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("key file has mode %v, want 0600", info.Mode())
	}
}

func TestDamagedKeyIsNotReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "issuer-key.pem"), []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadKey(dir); err == nil || !strings.Contains(err.Error(), "remove the file") {
		t.Errorf("error %v, want one that says how to go on", err)
	}
}

func TestRefusesCloudRun(t *testing.T) {
	t.Parallel()
	env := envconfig.MapLookuper(map[string]string{"K_SERVICE": "issuer", "DATA_DIR": t.TempDir()})
	if err := run(context.Background(), env); err == nil || !strings.Contains(err.Error(), "Cloud Run") {
		t.Errorf("error %v, want a refusal to run on Cloud Run", err)
	}
}

func TestServesUntilStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	env := envconfig.MapLookuper(map[string]string{"PORT": "0", "DATA_DIR": t.TempDir()})
	if err := run(ctx, env); err != nil {
		t.Errorf("run after stop: %v", err)
	}
}
