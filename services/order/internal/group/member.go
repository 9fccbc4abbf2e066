package group

import (
	"slices"
	"time"

	"cloud.google.com/go/spanner"
)

// MemberState is where a member's seat stands, spelt as in the contract.
type MemberState string

// The states of a member.
const (
	MemberHeld      MemberState = "HELD"
	MemberConfirmed MemberState = "CONFIRMED"
	MemberTimedOut  MemberState = "TIMED_OUT"
	MemberLeft      MemberState = "LEFT"
	MemberCancelled MemberState = "CANCELLED"
	MemberFailed    MemberState = "FAILED"
)

// Member is one row of Members: a seat, taken or given up.
type Member struct {
	GroupID     string           `spanner:"GroupId"`
	UserID      string           `spanner:"UserId"`
	OrderID     string           `spanner:"OrderId"`
	State       MemberState      `spanner:"State"`
	Decided     bool             `spanner:"Decided"`
	JoinedAt    time.Time        `spanner:"JoinedAt"`
	ConfirmedAt spanner.NullTime `spanner:"ConfirmedAt"`

	changed bool
}

// Changed says whether the row has to be written.
func (m *Member) Changed() bool { return m.changed }

// Seated says whether the member has a seat.
func (m *Member) Seated() bool { return m.State == MemberHeld || m.State == MemberConfirmed }

// Hold returns a member's seat, held for an order.
func Hold(group, user, order string, now time.Time) *Member {
	return &Member{GroupID: group, UserID: user, OrderID: order, State: MemberHeld, JoinedAt: now, changed: true}
}

// Confirm marks a held seat as paid.
func (m *Member) Confirm(now time.Time) {
	m.State, m.changed = MemberConfirmed, true
	m.ConfirmedAt = spanner.NullTime{Time: now, Valid: true}
}

// GiveUp takes the seat from its member, for the reason that the state names.
func (m *Member) GiveUp(to MemberState) { m.State, m.changed = to, true }

// Decide marks that the group's outcome has reached the member's order.
func (m *Member) Decide() { m.Decided, m.changed = true, true }

// Key names the seat.
func (m *Member) Key() SeatKey { return SeatKey{m.GroupID, m.UserID} }

// Slot is one row of Slots: the one open membership of a user in a campaign.
type Slot struct {
	UserID     string `spanner:"UserId"`
	CampaignID string `spanner:"CampaignId"`
	GroupID    string `spanner:"GroupId"`
	OrderID    string `spanner:"OrderId"`
}

// Slots are a user's open memberships, one a campaign. They are never changed in place.
type Slots []Slot

// In answers the user's slot in a campaign, and whether it is taken.
func (s Slots) In(campaign string) (Slot, bool) {
	i := slices.IndexFunc(s, func(slot Slot) bool { return slot.CampaignID == campaign })
	if i < 0 {
		return Slot{}, false
	}
	return s[i], true
}

// With answers the slots with one taken, in place of the one that the campaign had.
func (s Slots) With(slot Slot) Slots { return append(s.Without(slot.CampaignID), slot) }

// Without answers the slots with the campaign's free.
func (s Slots) Without(campaign string) Slots {
	return slices.DeleteFunc(slices.Clone(s), func(slot Slot) bool { return slot.CampaignID == campaign })
}
