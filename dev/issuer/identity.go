package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwt"
)

// identity answers a Google ID token for a service account, as the metadata
// server does for the account that a process runs as. The header keeps a
// browser, or a URL that somebody smuggled in, from fetching one.
func (is *issuer) identity(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Metadata-Flavor", "Google")
	if r.Header.Get("Metadata-Flavor") != "Google" {
		http.Error(w, "send the header Metadata-Flavor: Google", http.StatusForbidden)
		return
	}
	account := r.PathValue("account")
	if name, ok := strings.CutSuffix(account, "@"+is.project+".iam.gserviceaccount.com"); !ok || name == "" {
		http.Error(w, "no such service account: want NAME@"+is.project+".iam.gserviceaccount.com", http.StatusNotFound)
		return
	}
	audience := r.URL.Query().Get("audience")
	if audience == "" {
		http.Error(w, "name the audience: ?audience=https://…", http.StatusBadRequest)
		return
	}
	is.sign(w, is.serviceToken(account, audience, r.URL.Query().Get("format") == "full"))
}

// serviceToken names its account by e-mail only in the full format, as Google's does.
func (is *issuer) serviceToken(account, audience string, full bool) *jwt.Builder {
	now := time.Now()
	subject := accountID(account)
	token := jwt.NewBuilder().
		Issuer(is.services()).Audience([]string{audience}).Subject(subject).
		IssuedAt(now).Expiration(now.Add(time.Hour)).
		Claim("azp", subject)
	if full {
		token.Claim("email", account).Claim("email_verified", true)
	}
	return token
}

// accountID is a stable number of 21 digits, the shape of Google's account ids.
func accountID(account string) string {
	sum := sha256.Sum256([]byte(account))
	return fmt.Sprintf("1%020d", binary.BigEndian.Uint64(sum[:]))
}
