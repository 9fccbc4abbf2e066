package caller

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/issho-shop/issho/internal/fault"
)

// Config says whose tokens are believed, and where ours come from.
type Config struct {
	Project       string `env:"PROJECT, required"` // whose service accounts are ours
	UserIssuer    string `env:"USER_ISSUER, required"`
	UserAudience  string `env:"USER_AUDIENCE, required"`
	UserJWKS      string `env:"USER_JWKS_URL, required"`
	ServiceIssuer string `env:"SERVICE_ISSUER, required"`
	ServiceJWKS   string `env:"SERVICE_JWKS_URL, required"`
	SelfURL       string `env:"SELF_URL, required"` // the audience of tokens for us
	IdentityURL   string `env:"IDENTITY_URL, default=http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity"`
	CloudRun      string `env:"K_SERVICE"` // set by Cloud Run, which then has verified service tokens itself
}

const (
	// leeway is how far clocks may differ.
	leeway = 30 * time.Second
	// longest token that is looked at; real ones have one or two kilobytes.
	longest = 8 << 10
	// stripped is what Cloud Run puts in place of the signature of a service token which it has verified.
	stripped = ".SIGNATURE_REMOVED_BY_GOOGLE"
)

// Verifier verifies tokens. It is safe for concurrent use.
type Verifier struct {
	project  string
	users    issuer
	services issuer
	platform bool // Cloud Run has verified the service token before us
	known    *known
}

// issuer is one source of tokens. Only RS256 is believed, whatever a token's header says.
type issuer struct {
	name, audience string
	keys           *keys
}

// New answers a verifier. The keys are fetched in the background until ctx ends; Ready says whether they are there.
func New(ctx context.Context, cfg Config) (*Verifier, error) {
	users, err := fetchKeys(ctx, cfg.UserJWKS)
	if err != nil {
		return nil, err
	}
	services, err := fetchKeys(ctx, cfg.ServiceJWKS)
	if err != nil {
		return nil, err
	}
	return &Verifier{
		project:  cfg.Project,
		users:    issuer{cfg.UserIssuer, cfg.UserAudience, users},
		services: issuer{cfg.ServiceIssuer, cfg.SelfURL, services},
		platform: cfg.CloudRun != "",
		known:    newKnown(),
	}, nil
}

// Ready reports whether the keys of both issuers are there.
func (v *Verifier) Ready(ctx context.Context) error {
	return errors.Join(v.users.keys.ready(ctx), v.services.keys.ready(ctx))
}

// User verifies a customer's token, such as the guest's that a login brings along for its cart. It is refused with
// TOKEN_INVALID or TOKEN_EXPIRED, or DEPENDENCY_UNAVAILABLE while the issuer's keys cannot be had.
func (v *Verifier) User(ctx context.Context, token string) (Caller, error) {
	if c, ok := v.known.user(token); ok {
		return c, nil
	}
	t, err := v.users.verify(ctx, token)
	if err != nil {
		return Caller{}, err
	}
	id, _ := t.Subject()
	if id == "" || len(id) > 128 {
		return Caller{}, invalid(errors.New("no usable subject"))
	}
	c := Caller{UserID: id, Guest: provider(t) == "anonymous"}
	claim(t, "merchant_id", &c.MerchantID)
	claim(t, "operator", &c.Operator)
	claim(t, "name", &c.Name)
	v.known.remember(token, c, t)
	return c, nil
}

// Service verifies the service token of a request that is no RPC, such as a push, and answers the identity. It stands in
// X-Serverless-Authorization or, without that, in Authorization.
func (v *Verifier) Service(r *http.Request) (identity string, err error) {
	for _, header := range []string{serverless, authorization} {
		token, err := bearer(r.Header, header)
		if err != nil {
			return "", err
		}
		if token != "" {
			return v.service(r.Context(), token)
		}
	}
	return "", fault.New(fault.TokenMissing)
}

// service verifies a service's token. Its caller vouches that it stood in the header which Cloud Run verifies.
func (v *Verifier) service(ctx context.Context, token string) (string, error) {
	verify := v.services.verify
	if v.platform && strings.HasSuffix(token, stripped) {
		verify = v.services.validate
	}
	t, err := verify(ctx, token)
	if err != nil {
		return "", err
	}
	var email string
	var verified bool
	claim(t, "email", &email)
	claim(t, "email_verified", &verified)
	local, here := strings.CutSuffix(email, "@"+v.project+".iam.gserviceaccount.com")
	name, ours := strings.CutPrefix(local, accountPrefix)
	if !here || !ours || name == "" || !verified {
		return "", invalid(fmt.Errorf("not one of our service accounts: %q", email))
	}
	return name, nil
}

// accountPrefix begins the names of our service accounts: Google wants six characters and more, and `cart` has four.
const accountPrefix = "issho-"

// Account is the service account of an identity ("order", "tasks"), as its e-mail address.
func Account(identity, project string) string {
	return accountPrefix + identity + "@" + project + ".iam.gserviceaccount.com"
}

// verify checks signature and claims.
func (i issuer) verify(ctx context.Context, token string) (jwt.Token, error) {
	if len(token) > longest {
		return nil, invalid(errors.New("too long"))
	}
	m, err := jws.Parse([]byte(token), jws.WithCompact())
	if err != nil || len(m.Signatures()) != 1 {
		return nil, invalid(fmt.Errorf("not a signed token: %w", err))
	}
	header := m.Signatures()[0].ProtectedHeaders()
	if alg, _ := header.Algorithm(); alg != jwa.RS256() {
		return nil, invalid(fmt.Errorf("signed with %s", alg))
	}
	id, _ := header.KeyID()
	key, err := i.keys.find(ctx, id)
	if err != nil {
		return nil, err
	}
	return refused(jwt.Parse([]byte(token), append(i.claims(), jwt.WithKey(jwa.RS256(), key))...))
}

// validate checks the claims of a token whose signature the platform has checked and taken off.
func (i issuer) validate(_ context.Context, token string) (jwt.Token, error) {
	return refused(jwt.Parse([]byte(token), append(i.claims(), jwt.WithVerify(false))...))
}

func (i issuer) claims() []jwt.ParseOption {
	return []jwt.ParseOption{
		jwt.WithValidate(true), jwt.WithAcceptableSkew(leeway), jwt.WithRequiredClaim(jwt.ExpirationKey),
		jwt.WithIssuer(i.name), jwt.WithAudience(i.audience),
	}
}

// refused turns the parser's error into a refusal.
func refused(t jwt.Token, err error) (jwt.Token, error) {
	switch {
	case errors.Is(err, jwt.TokenExpiredError()):
		return nil, fault.New(fault.TokenExpired).Because(err)
	case err != nil:
		return nil, invalid(err)
	}
	return t, nil
}

func invalid(err error) error { return fault.New(fault.TokenInvalid).Because(err) }

// claim reads a claim that need not be there; one of another type counts as absent.
func claim[T any](t jwt.Token, name string, into *T) {
	var value T
	if t.Get(name, &value) == nil {
		*into = value
	}
}

// provider is how the customer logged in, by Firebase's claim.
func provider(t jwt.Token) string {
	var firebase map[string]any
	claim(t, "firebase", &firebase)
	name, _ := firebase["sign_in_provider"].(string)
	return name
}
