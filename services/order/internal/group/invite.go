package group

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/issho-shop/issho/internal/fault"
)

// Invite is what a link that is shared says: which group, and who asks.
type Invite struct {
	GroupID   string    `json:"g"`
	InviterID string    `json:"i,omitempty"`
	EndsAt    time.Time `json:"e"` // the group's deadline
}

// afterlife is how long an invite still shows how its group ended.
const afterlife = 7 * 24 * time.Hour

// Invites seals invites into tokens and opens them. A token is AES-GCM under a key of ours: it cannot be guessed or
// altered, and tells nothing of the inviter to who reads the link.
type Invites struct{ aead cipher.AEAD }

// NewInvites takes a key of at least 32 characters.
func NewInvites(key string) (*Invites, error) {
	if len(key) < 32 {
		return nil, errors.New("the invite key needs at least 32 characters")
	}
	sum := sha256.Sum256([]byte(key))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &Invites{aead: aead}, err
}

// Seal returns the token of an invite.
func (i *Invites) Seal(in Invite) string {
	body, err := json.Marshal(in)
	if err != nil {
		panic(err) // unreachable: strings and a time
	}
	return base64.RawURLEncoding.EncodeToString(i.aead.Seal(nil, nil, body, nil))
}

// Open returns the invite of a token. INVITE_INVALID when it is not ours or ended long ago by now, the real time.
func (i *Invites) Open(token string, now time.Time) (Invite, error) {
	var in Invite
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return in, fault.New(fault.InviteInvalid)
	}
	body, err := i.aead.Open(nil, nil, sealed, nil)
	if err != nil {
		return in, fault.New(fault.InviteInvalid)
	}
	if err := json.Unmarshal(body, &in); err != nil || now.After(in.EndsAt.Add(afterlife)) {
		return in, fault.New(fault.InviteInvalid)
	}
	return in, nil
}
