// Package profile holds what a customer is called and spoken to in. One that was never set is empty and has version 0.
package profile

import (
	"strconv"
	"time"
)

// Profile is a profile as stored in profiles/{customer}. Personal data: never logged.
type Profile struct {
	CustomerID  string    `firestore:"customer_id"`
	DisplayName string    `firestore:"display_name"` // what friends see; may be empty
	Language    string    `firestore:"language"`     // ja, en, or empty
	Version     int64     `firestore:"version"`      // 1 when new
	UpdatedAt   time.Time `firestore:"updated_at"`

	// Stored is when the document read was last written, zero for none: the precondition of replacing it.
	Stored time.Time `firestore:"-"`
}

// Follow makes p the next version of old.
func (p *Profile) Follow(old Profile) {
	p.CustomerID, p.Stored = old.CustomerID, old.Stored
	p.Version = old.Version + 1
}

// Etag stands for the version that a change builds on; empty for a profile that was never set.
func (p Profile) Etag() string {
	if p.Version == 0 {
		return ""
	}
	return strconv.FormatInt(p.Version, 10)
}
