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
	Notices     *Notices  `firestore:"notices"`      // nil for one who never said
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

// Notices is what a customer wants to be told, and how. The user service owns it; what is sent is decided by it elsewhere.
type Notices struct {
	OrderPush      bool  `firestore:"order_push"`
	OrderEmail     bool  `firestore:"order_email"`
	MarketingPush  bool  `firestore:"marketing_push"`
	MarketingEmail bool  `firestore:"marketing_email"`
	QuietFrom      int32 `firestore:"quiet_from"` // minutes after midnight in Japan; both alike: never
	QuietUntil     int32 `firestore:"quiet_until"`
}

// Wanted is what holds: for one who never said, all but marketing.
func (p Profile) Wanted() Notices {
	if p.Notices == nil {
		return Notices{OrderPush: true, OrderEmail: true}
	}
	return *p.Notices
}
