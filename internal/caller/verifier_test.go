package caller

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"

	"github.com/issho-shop/issho/internal/fault"
)

func TestUser(t *testing.T) {
	t.Parallel()
	key := newKey(t, "k1")
	v := newVerifier(t, newTestIssuer(t, key).config())
	cases := map[string]struct {
		changes claims
		want    Caller
	}{
		"customer": {nil, Caller{UserID: "u_hanako", Name: "花子"}},
		"guest": {claims{"firebase": map[string]any{"sign_in_provider": "anonymous"}, "name": nil},
			Caller{UserID: "u_hanako", Guest: true}},
		"merchant":          {claims{"merchant_id": "m_1"}, Caller{UserID: "u_hanako", Name: "花子", MerchantID: "m_1"}},
		"operator":          {claims{"operator": true}, Caller{UserID: "u_hanako", Name: "花子", Operator: true}},
		"operator in words": {claims{"operator": "true"}, Caller{UserID: "u_hanako", Name: "花子"}},
		"within the leeway": {claims{"exp": ago(leeway / 2)}, Caller{UserID: "u_hanako", Name: "花子"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := v.User(t.Context(), user(c.changes).signed(t, key))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("caller (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUserIsRefused(t *testing.T) {
	t.Parallel()
	key := newKey(t, "k1")
	v := newVerifier(t, newTestIssuer(t, key).config())
	good := user(nil).signed(t, key)
	parts := strings.Split(good, ".")
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","kid":"k1"}`)) + "." + parts[1] + "."
	public, err := jwk.PublicRawKeyOf(key)
	if err != nil {
		t.Fatal(err)
	}
	pem, err := jwk.EncodePEM(public)
	if err != nil {
		t.Fatal(err)
	}
	confused, err := jwk.Import(pem) // the public key as an HMAC secret
	if err != nil {
		t.Fatal(err)
	}
	if err := confused.Set(jwk.KeyIDKey, "k1"); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		token string
		want  fault.Reason
	}{
		"expired":             {user(claims{"exp": ago(time.Minute)}).signed(t, key), fault.TokenExpired},
		"no end":              {user(claims{"exp": nil}).signed(t, key), fault.TokenInvalid},
		"not yet":             {user(claims{"nbf": ago(-time.Hour)}).signed(t, key), fault.TokenInvalid},
		"from the future":     {user(claims{"iat": ago(-time.Hour)}).signed(t, key), fault.TokenInvalid},
		"another audience":    {user(claims{"aud": "other-project"}).signed(t, key), fault.TokenInvalid},
		"no audience":         {user(claims{"aud": nil}).signed(t, key), fault.TokenInvalid},
		"another issuer":      {user(claims{"iss": serviceIssuer}).signed(t, key), fault.TokenInvalid},
		"no issuer":           {user(claims{"iss": nil}).signed(t, key), fault.TokenInvalid},
		"nobody":              {user(claims{"sub": nil}).signed(t, key), fault.TokenInvalid},
		"no such key":         {user(nil).signed(t, newKey(t, "k2")), fault.TokenInvalid},
		"another RSA method":  {user(nil).signedAs(t, jwa.RS512(), key), fault.TokenInvalid},
		"HMAC by public key":  {user(nil).signedAs(t, jwa.HS256(), confused), fault.TokenInvalid},
		"unsigned":            {unsigned, fault.TokenInvalid},
		"another payload":     {parts[0] + "." + strings.Split(user(claims{"sub": "u_x"}).signed(t, key), ".")[1] + "." + parts[2], fault.TokenInvalid},
		"signature taken off": {parts[0] + "." + parts[1] + stripped, fault.TokenInvalid},
		"too long":            {user(claims{"name": strings.Repeat("x", longest)}).signed(t, key), fault.TokenInvalid},
		"no token":            {"nonsense", fault.TokenInvalid},
		"empty":               {"", fault.TokenInvalid},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if who, err := v.User(t.Context(), c.token); fault.ReasonOf(err) != c.want || who != (Caller{}) {
				t.Errorf("got %v, %v; want %s", who, err, c.want)
			}
		})
	}
}

func TestSomebodyElsesKeyWithARightID(t *testing.T) {
	t.Parallel()
	key := newKey(t, "k1")
	v := newVerifier(t, newTestIssuer(t, key).config())
	forged, err := newKey(t, "k3").Clone()
	if err == nil {
		err = forged.Set(jwk.KeyIDKey, "k1")
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.User(t.Context(), user(nil).signed(t, forged)); fault.ReasonOf(err) != fault.TokenInvalid {
		t.Errorf("got %v", err)
	}
}

func TestService(t *testing.T) {
	t.Parallel()
	key := newKey(t, "k1")
	i := newTestIssuer(t, key)
	local, cloud := i.config(), i.config()
	cloud.CloudRun = "order"
	verifiers := map[bool]*Verifier{false: newVerifier(t, local), true: newVerifier(t, cloud)}
	takenOff := func(c claims) string {
		text := c.signed(t, key)
		return text[:strings.LastIndex(text, ".")] + stripped
	}
	cases := map[string]struct {
		header, token string
		onCloudRun    bool
		identity      string
		want          fault.Reason
	}{
		"in Authorization":           {authorization, service("tasks", nil).signed(t, key), false, "tasks", ""},
		"in its own header":          {serverless, service("pubsub", nil).signed(t, key), false, "pubsub", ""},
		"on Cloud Run, signed":       {serverless, service("order", nil).signed(t, key), true, "order", ""},
		"verified by the platform":   {serverless, takenOff(service("order", nil)), true, "order", ""},
		"the same in Authorization":  {authorization, takenOff(service("order", nil)), true, "order", ""},
		"but not elsewhere":          {serverless, takenOff(service("order", nil)), false, "", fault.TokenInvalid},
		"not for us":                 {serverless, takenOff(service("order", claims{"aud": "http://cart.test"})), true, "", fault.TokenInvalid},
		"not any more":               {serverless, takenOff(service("order", claims{"exp": ago(time.Hour)})), true, "", fault.TokenExpired},
		"platform's other issuer":    {serverless, takenOff(service("order", claims{"iss": userIssuer})), true, "", fault.TokenInvalid},
		"another audience":           {serverless, service("order", claims{"aud": "http://cart.test"}).signed(t, key), false, "", fault.TokenInvalid},
		"an account of another kind": {serverless, service("order", claims{"email": "order@issho-test.iam.gserviceaccount.com"}).signed(t, key), false, "", fault.TokenInvalid},
		"another project":            {serverless, service("order", claims{"email": "issho-order@evil.iam.gserviceaccount.com"}).signed(t, key), false, "", fault.TokenInvalid},
		"a person":                   {serverless, service("", claims{"email": "order@gmail.com"}).signed(t, key), false, "", fault.TokenInvalid},
		"nobody":                     {serverless, service("", nil).signed(t, key), false, "", fault.TokenInvalid},
		"unverified address":         {serverless, service("order", claims{"email_verified": false}).signed(t, key), false, "", fault.TokenInvalid},
		"a customer":                 {authorization, user(nil).signed(t, key), false, "", fault.TokenInvalid},
		"no token":                   {"X-Other", "x", false, "", fault.TokenMissing},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/events/order", nil)
			r.Header.Set(c.header, "Bearer "+c.token)
			got, err := verifiers[c.onCloudRun].Service(r)
			if fault.ReasonOf(err) != c.want || got != c.identity {
				t.Errorf("got %q, %v; want %q, %s", got, err, c.identity, c.want)
			}
		})
	}
}

func TestNewKeyIsFetchedWhenItIsMet(t *testing.T) {
	t.Parallel()
	old, next := newKey(t, "k1"), newKey(t, "k2")
	i := newTestIssuer(t, old)
	v := newVerifier(t, i.config())
	if _, err := v.User(t.Context(), user(nil).signed(t, old)); err != nil {
		t.Fatal(err)
	}
	i.add(next)
	v.users.keys.asked = time.Time{} // as if the pause were over
	if _, err := v.User(t.Context(), user(nil).signed(t, next)); err != nil {
		t.Fatal(err)
	}
	// Invented key ids do not make us ask again and again.
	before := i.asked.Load()
	forged := user(nil).signed(t, newKey(t, "k3"))
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := v.User(t.Context(), forged); fault.ReasonOf(err) != fault.TokenInvalid {
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	if asked := i.asked.Load() - before; asked > 1 {
		t.Errorf("asked %d times", asked)
	}
}

// Who invents a key and hangs up must not keep the next new key from being fetched.
func TestKeysAreFetchedAlsoWhenTheCallIsGivenUp(t *testing.T) {
	t.Parallel()
	first, second := newKey(t, "k1"), newKey(t, "k2")
	issuer := newTestIssuer(t, first)
	v := newVerifier(t, issuer.config())
	if _, err := v.User(t.Context(), user(nil).signed(t, first)); err != nil {
		t.Fatal(err)
	}
	v.users.keys.asked = time.Time{} // as after the pause
	issuer.add(second)
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	_, _ = v.User(gone, user(nil).signed(t, newKey(t, "invented"))) // nobody reads the answer
	if _, err := v.User(t.Context(), user(nil).signed(t, second)); err != nil {
		t.Error(err)
	}
}

func TestWithoutKeys(t *testing.T) {
	t.Parallel()
	key := newKey(t, "k1")
	i := newTestIssuer(t, key)
	i.down.Store(true)
	v := newVerifier(t, i.config())
	token := user(nil).signed(t, key)
	if _, err := v.User(t.Context(), token); fault.ReasonOf(err) != fault.DependencyUnavailable {
		t.Errorf("got %v", err)
	}
	if err := v.Ready(t.Context()); err == nil {
		t.Error("ready without keys")
	}
	i.down.Store(false)
	v.users.keys.asked, v.services.keys.asked = time.Time{}, time.Time{}
	if err := v.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := v.User(t.Context(), token); err != nil {
		t.Error(err)
	}
	// Keys that are known outlive their issuer.
	i.down.Store(true)
	if _, err := v.User(t.Context(), token); err != nil {
		t.Error(err)
	}
}

// A token that was verified a moment ago is believed again, and refused all the same once it has expired, and where it is another's
// by a letter.
func TestKnownTokensExpire(t *testing.T) {
	t.Parallel()
	key := newKey(t, "k1")
	v := newVerifier(t, newTestIssuer(t, key).config())
	token := user(nil).signed(t, key)
	for range 2 {
		if _, err := v.User(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := v.known.user(token); !ok {
		t.Error("a token that was just verified is not known")
	}
	if _, err := v.User(t.Context(), token[:len(token)-2]+"xx"); fault.ReasonOf(err) != fault.TokenInvalid {
		t.Errorf("with another signature: %v", err)
	}
	old := user(claims{"exp": ago(leeway + time.Second)}).signed(t, key)
	v.known.users.Set(sha256.Sum256([]byte(old)), knownUser{Caller{UserID: "u"}, time.Now().Add(-leeway - time.Second)}) // verified before
	if _, err := v.User(t.Context(), old); fault.ReasonOf(err) != fault.TokenExpired {
		t.Errorf("known, and expired since: %v", err)
	}
}
