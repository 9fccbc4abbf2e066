package caller

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"connectrpc.com/connect"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/issho-shop/issho/internal/fault"
)

const (
	authorization = "Authorization"
	serverless    = "X-Serverless-Authorization"
)

// Gate admits or refuses a call by its headers: every token that is there must be valid, also where none is needed, and
// the caller must be one whom the method's policy admits. The context it answers holds the Caller.
func (v *Verifier) Gate(ctx context.Context, spec connect.Spec, _ connect.Peer, header http.Header) (context.Context, error) {
	policy, err := policyOf(spec)
	if err != nil {
		return nil, fault.New(fault.CallerNotAllowed).Because(err)
	}
	who, err := v.identify(ctx, header)
	if err != nil {
		return nil, err
	}
	who.Method = spec.Procedure
	if err := admit(policy, who); err != nil {
		return nil, err
	}
	return With(ctx, who), nil
}

// identify reads the tokens. Authorization holds a user's when the service's has a header of its own, else either.
func (v *Verifier) identify(ctx context.Context, header http.Header) (Caller, error) {
	service, err := bearer(header, serverless)
	if err != nil {
		return Caller{}, err
	}
	user, err := bearer(header, authorization)
	if err != nil {
		return Caller{}, err
	}
	if service == "" && v.fromService(user) {
		service, user = user, ""
	}
	var who Caller
	if user != "" {
		if who, err = v.User(ctx, user); err != nil {
			return Caller{}, err
		}
	}
	if service != "" {
		who.Service, err = v.service(ctx, service)
	}
	return who, err
}

// fromService reads, unverified, which issuer a token names, to choose which one has to have signed it.
func (v *Verifier) fromService(token string) bool {
	if token == "" || len(token) > longest {
		return false
	}
	if _, ok := v.known.user(token); ok {
		return false
	}
	t, err := jwt.ParseInsecure([]byte(token))
	if err != nil {
		return false
	}
	name, _ := t.Issuer()
	return name == v.services.name
}

// bearer is the token in a header, "" without one.
func bearer(header http.Header, name string) (string, error) {
	values := header.Values(name)
	if len(values) == 0 {
		return "", nil
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", invalid(fmt.Errorf("%s must hold one bearer token", name))
	}
	return token, nil
}
