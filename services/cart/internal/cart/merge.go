package cart

import (
	"slices"
	"time"
)

// A guest's lines move to an account in three writes of one document each, any of which may be repeated, by anybody:
//
//	1. guest:   ClaimFor   the lines leave the guest's cart for a claim that names the account: two accounts that ask at
//	                       the same moment meet in this one conditional write
//	2. account: Take       the claimed lines come in, with a note of the claim
//	3. guest:   Release    the claim is done
//
// Who meets a claim finishes it first, whoever's it is, so that a process that died in between loses nothing.

// mergesKept is how many merges an account remembers. A claim is released right after it was taken, so one that is met
// again is among the last few.
const mergesKept = 50

// Claim is what one account takes out of a guest's cart. Its version and its time together tell it from every other claim
// of that guest: versions begin anew when a forgotten guest comes back.
type Claim struct {
	Account string    `firestore:"account"`
	Version int64     `firestore:"version"` // of the guest's cart that was claimed
	Lines   []Line    `firestore:"lines"`
	Saved   []Line    `firestore:"saved"`
	At      time.Time `firestore:"at"` // in microseconds, as they are stored, since it is compared
}

// Merge notes that a claim on a guest's cart was taken in.
type Merge struct {
	Guest      string    `firestore:"guest"`
	Version    int64     `firestore:"version"`     // of the claim
	At         time.Time `firestore:"at"`          // of the claim
	LeftBehind []string  `firestore:"left_behind"` // SKUs that did not fit into the cart
	Capped     []string  `firestore:"capped"`      // SKUs whose sum was cut to MaxUnits
}

// ClaimFor sets everything in a guest's cart apart for an account. It changes nothing while an earlier claim is not
// released, nor when there is nothing to claim.
func (c *Cart) ClaimFor(account string, now time.Time) bool {
	if c.Claim != nil || len(c.Lines)+len(c.Saved) == 0 {
		return false
	}
	c.Version++
	c.Claim = &Claim{Account: account, Version: c.Version, Lines: c.Lines, Saved: c.Saved, At: now.Truncate(time.Microsecond)}
	c.Lines, c.Saved = nil, nil
	return true
}

// Take brings a claim in, once: quantities add up to at most MaxUnits, lines past MaxLines are saved for later, and what is
// past MaxSaved is dropped. No SKU is in both places afterwards.
func (c *Cart) Take(guest string, claim Claim) bool {
	if slices.ContainsFunc(c.Merges, func(m Merge) bool { return m.Guest == guest && claim.is(m.Version, m.At) }) {
		return false
	}
	note := Merge{Guest: guest, Version: claim.Version, At: claim.At}
	for _, l := range claim.Lines {
		c.add(l, &note)
	}
	for _, l := range claim.Saved {
		c.addSaved(l)
	}
	c.Merges = newest(append(c.Merges, note), mergesKept)
	c.Version++
	return true
}

// Release ends a claim that has been taken in.
func (c *Cart) Release(claim Claim) bool {
	if c.Claim == nil || !c.Claim.is(claim.Version, claim.At) {
		return false
	}
	c.Claim = nil
	return true
}

// Merge answers the newest note about a guest's cart.
func (c *Cart) Merge(guest string) (Merge, bool) {
	for _, m := range slices.Backward(c.Merges) {
		if m.Guest == guest {
			return m, true
		}
	}
	return Merge{}, false
}

func (c Claim) is(version int64, at time.Time) bool { return c.Version == version && c.At.Equal(at) }

func (c *Cart) add(l Line, note *Merge) {
	i := find(c.Lines, l.SKU)
	switch {
	case i >= 0:
		sum := c.Lines[i].Quantity + l.Quantity
		if sum > MaxUnits {
			note.Capped = append(note.Capped, l.SKU)
		}
		c.Lines[i].Quantity = min(sum, MaxUnits)
	case len(c.Lines) < MaxLines:
		c.Lines = append(c.Lines, l)
		c.Saved = without(c.Saved, l.SKU)
	default:
		note.LeftBehind = append(note.LeftBehind, l.SKU)
		c.addSaved(l)
	}
}

func (c *Cart) addSaved(l Line) {
	if find(c.Lines, l.SKU) < 0 && find(c.Saved, l.SKU) < 0 && len(c.Saved) < MaxSaved {
		c.Saved = append(c.Saved, l)
	}
}
