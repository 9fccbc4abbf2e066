package caller

import (
	"crypto/sha256"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwt"
	"github.com/maypok86/otter/v2"
)

// known remembers whose tokens were verified a moment ago, since a customer sends the same one again and again, and to
// verify it costs more than most of what is asked with it. A key that its issuer takes back is believed for that much longer.
type known struct {
	users *otter.Cache[[sha256.Size]byte, knownUser]
}

type knownUser struct {
	caller  Caller
	expires time.Time
}

const (
	knownFor  = time.Minute
	knownMost = 20_000 // under 300 bytes each
)

func newKnown() *known {
	return &known{otter.Must(&otter.Options[[sha256.Size]byte, knownUser]{
		MaximumSize:      knownMost,
		ExpiryCalculator: otter.ExpiryWriting[[sha256.Size]byte, knownUser](knownFor),
	})}
}

// user answers whose a token is, if it was verified lately and has not expired since.
func (k *known) user(token string) (Caller, bool) {
	u, ok := k.users.GetIfPresent(sha256.Sum256([]byte(token)))
	return u.caller, ok && time.Now().Before(u.expires.Add(leeway))
}

// remember keeps what a verified token says.
func (k *known) remember(token string, c Caller, t jwt.Token) {
	if expires, ok := t.Expiration(); ok {
		k.users.Set(sha256.Sum256([]byte(token)), knownUser{c, expires})
	}
}
