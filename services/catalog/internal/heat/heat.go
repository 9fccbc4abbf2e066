// Package heat counts how busy the groups of a campaign are, for ranking and for the page; nothing is decided by it.
//
// Each group has a document with what is known of it, by version. A campaign's counts are spread over a few documents that
// are only ever added to: what a group adds is the difference to what it added before, in the commit that stores the group,
// so that an event counts once however often it comes, and nobody waits for anybody.
package heat

import (
	"hash/fnv"
	"math/bits"
	"time"
)

// The states of a group, spelt as in order's contract.
const (
	Open      = "OPEN"
	Closing   = "CLOSING"
	Formed    = "FORMED"
	Settled   = "SETTLED"
	Expired   = "EXPIRED"
	Cancelled = "CANCELLED"
	Closed    = "CLOSED"
)

const (
	// lanes is over how many documents the counts of a campaign are spread.
	lanes = 8
	// kept is how long a group counts and is remembered after what was last heard of it could still come again.
	kept = 8 * 24 * time.Hour
)

// Group is what was heard of one group, stored in groups/{id}.
type Group struct {
	ID         string    `firestore:"group_id"`
	CampaignID string    `firestore:"campaign_id"`
	ProductID  string    `firestore:"product_id"`
	State      string    `firestore:"state"`
	Confirmed  int64     `firestore:"confirmed"`
	Room       int64     `firestore:"room"`    // seats that nobody holds
	Version    int64     `firestore:"version"` // order's
	ExpireTime time.Time `firestore:"expire_time"`

	// Stored is when the document read was last written, zero for none: the precondition of replacing it.
	Stored time.Time `firestore:"-"`
}

// Heat is a part of a campaign's counts, stored in heat/{campaign id}~{lane}.
type Heat struct {
	CampaignID string `firestore:"campaign_id"`
	OpenGroups int64  `firestore:"open_groups"`
	Members    int64  `firestore:"members"`
}

// Remember sets how long the group is remembered, from what was heard at a time.
func (g *Group) Remember(at, deadline time.Time) {
	if deadline.After(at) {
		at = deadline
	}
	g.ExpireTime = at.Add(kept)
}

// counts is what a group adds to its campaign.
func (g Group) counts() (open, members int64) {
	switch g.State {
	case Open, Formed:
		if g.Room > 0 {
			open = 1
		}
		return open, g.Confirmed
	case Closing, Settled, Closed:
		return 0, g.Confirmed
	}
	return 0, 0
}

// Newer tells whether g is news to one who knows old.
func (g Group) Newer(old Group) bool { return g.Version > old.Version }

// Shown tells whether the difference to old is worth showing at once: a group opens, ends or fills, or its size reaches
// another power of two. A group of thousands is told a dozen times.
func (g Group) Shown(old Group) bool {
	wasOpen, was := old.counts()
	isOpen, is := g.counts()
	return wasOpen != isOpen || bits.Len64(uint64(was)) != bits.Len64(uint64(is))
}

// Lane is which of its campaign's documents a group counts in, 1 to lanes.
func (g Group) Lane() int {
	h := fnv.New32a()
	h.Write([]byte(g.ID))
	return int(h.Sum32()%lanes) + 1
}
