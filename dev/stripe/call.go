package main

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"sort"
	"strings"
	"time"
)

// call is one request to the API, and the origin of all it changes.
type call struct {
	id      string // Request-Id
	route   string // "POST /v1/payment_intents/{id}/confirm"
	method  string
	path    string
	object  string // {id} of the path
	sub     string // {method} of the path
	key     string // Idempotency-Key
	client  bool   // made with the publishable key
	form    url.Values
	params  *params
	expand  expansion
	fault   *fault // the one scripted for it, or nil
	started time.Time
}

const maxBody = 256 << 10

// newCall reads the request; its error is a refusal of shape or of key.
func (s *simulator) newCall(w http.ResponseWriter, r *http.Request, route string) (*call, *apiError) {
	c := &call{
		id:      newID("req"),
		route:   route,
		method:  r.Method,
		path:    r.URL.Path,
		object:  r.PathValue("id"),
		sub:     r.PathValue("method"),
		key:     r.Header.Get("Idempotency-Key"),
		started: time.Now(),
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return c, refuseParam("", "", "The request's form cannot be read: "+err.Error())
	}
	c.form = r.Form
	c.params = newParams(r.Form)
	if err := s.authenticate(c, r); err != nil {
		return c, err
	}
	if len(c.key) > 255 {
		return c, newError(http.StatusBadRequest, keyError, "", "Idempotency keys can be up to 255 characters long.")
	}
	expand, err := parseExpand(c.params.list("expand"))
	c.expand = expand
	return c, err
}

// authenticate takes the secret key, as bearer or basic user; the publishable key
// only together with the client secret of the object it addresses.
func (s *simulator) authenticate(c *call, r *http.Request) *apiError {
	given := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if user, _, ok := r.BasicAuth(); ok {
		given = user
	}
	if given == "" {
		return newError(http.StatusUnauthorized, invalidRequest, "", "You did not provide an API key.")
	}
	if same(given, s.cfg.Key) {
		return nil
	}
	if strings.HasPrefix(s.cfg.Key, "sk_") && same(given, "pk_"+strings.TrimPrefix(s.cfg.Key, "sk_")) {
		c.client = true
		return c.clientMay()
	}
	return newError(http.StatusUnauthorized, invalidRequest, "", "Invalid API Key provided: "+masked(given))
}

// clientMay limits what an app can do by itself.
func (c *call) clientMay() *apiError {
	switch c.route {
	case "GET /v1/payment_intents/{id}", "POST /v1/payment_intents/{id}/confirm",
		"GET /v1/setup_intents/{id}", "POST /v1/setup_intents/{id}/confirm":
		return nil
	}
	return newError(http.StatusForbidden, invalidRequest, "secret_key_required",
		"This API call cannot be made with a publishable API key. Please use a secret API key.")
}

// holdsSecret checks the client secret of an object; the secret key needs none.
func (c *call) holdsSecret(secret string) *apiError {
	given := c.params.str("client_secret")
	if (c.client || given != "") && !same(given, secret) {
		return refuseParam("", "client_secret", "The client_secret provided does not match the one of this object.")
	}
	return nil
}

// fingerprint tells whether two requests under one key ask for the same.
func (c *call) fingerprint() string {
	names := make([]string, 0, len(c.form))
	for name := range c.form {
		names = append(names, name)
	}
	sort.Strings(names)
	var b strings.Builder
	for _, name := range names {
		for _, v := range c.form[name] {
			b.WriteString(url.QueryEscape(name) + "=" + url.QueryEscape(v) + "&")
		}
	}
	return b.String()
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func masked(key string) string {
	if len(key) <= 12 {
		return strings.Repeat("*", len(key))
	}
	return key[:8] + strings.Repeat("*", len(key)-12) + key[len(key)-4:]
}
