// Package page seals page tokens.
//
// A token holds a cursor, encrypted and authenticated, and opens only for the caller and query it was made for, so that
// a cursor can carry whatever the next page needs (a key, a read timestamp) without being an input of the client.
package page

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/issho-shop/issho/internal/fault"
)

// Sealer is safe for concurrent use.
type Sealer struct{ aead cipher.AEAD }

// New answers a sealer with a secret key of at least 32 characters, the same in every instance of a service.
func New(key string) (*Sealer, error) {
	if len(key) < 32 {
		return nil, errors.New("PAGE_KEY must have at least 32 characters")
	}
	sum := sha256.Sum256([]byte("issho page token " + key))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &Sealer{aead}, err
}

// Seal answers the token for a cursor, bound to a scope: who asks, the method, each field of the query. An empty cursor
// is the end of the list, and its token is empty.
func (s *Sealer) Seal(cursor string, scope ...string) string {
	if cursor == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, []byte(cursor), bound(scope)))
}

// Open answers the cursor of a token, "" for the first page, or refuses with PAGE_TOKEN_INVALID.
func (s *Sealer) Open(token string, scope ...string) (string, error) {
	if token == "" {
		return "", nil
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", fault.New(fault.PageTokenInvalid).Because(err)
	}
	cursor, err := s.aead.Open(nil, nil, sealed, bound(scope))
	if err != nil {
		return "", fault.New(fault.PageTokenInvalid).Because(err)
	}
	return string(cursor), nil
}

// bound writes each part with its length, so that no two scopes read alike.
func bound(scope []string) []byte {
	var b []byte
	for _, part := range scope {
		b = fmt.Appendf(b, "%d:%s", len(part), part)
	}
	return b
}
