package main

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwt"
)

// customerTTL is longer than Firebase's hour: tokens printed by scripts/dev are
// pasted into shells that stay open all day.
const customerTTL = 12 * time.Hour

// customer answers a customer's token in Firebase's shape. Query parameters:
// user (required: the user id); name; guest=1 (an anonymous account); merchant
// (a merchant's id); operator=1; ttl (a Go duration; negative gives a token
// that has expired, for tests).
func (is *issuer) customer(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	user := q.Get("user")
	if user == "" || len(user) > 128 {
		http.Error(w, "name the user (1 to 128 bytes): /token?user=hanako", http.StatusBadRequest)
		return
	}
	ttl, err := lifetime(q.Get("ttl"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	is.sign(w, is.claims(user, q, ttl))
}

func lifetime(s string) (time.Duration, error) {
	if s == "" {
		return customerTTL, nil
	}
	ttl, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("ttl: want a duration such as 90s or -1h: %w", err)
	}
	return ttl, nil
}

func (is *issuer) claims(user string, q url.Values, ttl time.Duration) *jwt.Builder {
	now := time.Now()
	issued := now
	if ttl < 0 {
		issued = now.Add(2 * ttl) // an expired token was once valid
	}
	token := jwt.NewBuilder().
		Issuer(is.users()).Audience([]string{is.project}).Subject(user).
		IssuedAt(issued).Expiration(now.Add(ttl)).
		Claim("auth_time", issued.Unix()).
		Claim("user_id", user).
		Claim("firebase", map[string]any{"sign_in_provider": provider(q), "identities": map[string]any{}})
	if name := q.Get("name"); name != "" {
		token.Claim("name", name)
	}
	if merchant := q.Get("merchant"); merchant != "" {
		token.Claim("merchant_id", merchant)
	}
	if q.Get("operator") == "1" {
		token.Claim("operator", true)
	}
	return token
}

func provider(q url.Values) string {
	if q.Get("guest") == "1" {
		return "anonymous"
	}
	return "password"
}
