package main

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

// issuer signs tokens of two issuers with one key.
type issuer struct {
	key     jwk.Key
	url     string // base of both issuer names, without a trailing slash
	project string
}

func (is *issuer) users() string    { return is.url + "/users" }
func (is *issuer) services() string { return is.url + "/services" }

func (is *issuer) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health/live", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /jwks.json", is.jwks)
	mux.HandleFunc("GET /token", is.customer)
	mux.HandleFunc("GET /computeMetadata/v1/instance/service-accounts/{account}/identity", is.identity)
	return mux
}

func (is *issuer) jwks(w http.ResponseWriter, _ *http.Request) {
	public, err := jwk.PublicKeyOf(is.key)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "max-age=60")
	json.NewEncoder(w).Encode(map[string]any{"keys": []jwk.Key{public}})
}

// sign answers the token as text, as the metadata server does.
func (is *issuer) sign(w http.ResponseWriter, token *jwt.Builder) {
	built, err := token.Build()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	built.Options().Enable(jwt.FlattenAudience) // Firebase and Google send one string
	signed, err := jwt.Sign(built, jwt.WithKey(jwa.RS256(), is.key))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(signed)
}
