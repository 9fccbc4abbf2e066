package spandb

import (
	"context"
	"sync/atomic"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/clock"
)

// Now returns the time of the database, by which everything is decided, with the development offset of c. The database is
// asked in r's transaction, though only every ten seconds: in between the process counts on by itself, and is a few
// milliseconds late at most. It is never early, so that nothing ends before its time.
func Now(ctx context.Context, r Reader, c *clock.Clock) (time.Time, error) {
	if now, ok := lastLook.Load().now(time.Now()); ok {
		return now.Add(c.Offset()), nil
	}
	asked := time.Now()
	got, _, err := One[struct{ Now time.Time }](ctx, r, "now", spanner.NewStatement("SELECT CURRENT_TIMESTAMP() AS Now"))
	if err != nil {
		return time.Time{}, err
	}
	told := got.Now.UTC()
	lastLook.Store(looked(told, asked, time.Now()))
	return told.Add(c.Offset()), nil
}

const (
	lookAgain = 10 * time.Second       // a machine's own clock does not lose a millisecond in that
	tooSlow   = 100 * time.Millisecond // an answer that took longer is late by too much to count on from
)

// look is what a database's clock said, and when this process heard it. There is one for all: the databases of Spanner have
// one clock, and so have those of an emulator.
type look struct{ told, heard time.Time }

var lastLook atomic.Pointer[look]

// looked answers what can be counted on from after an answer; nil when it was too slow.
func looked(told, asked, heard time.Time) *look {
	if heard.Sub(asked) > tooSlow {
		return nil
	}
	return &look{told, heard}
}

// now counts on, unless it is time to look again.
func (l *look) now(own time.Time) (time.Time, bool) {
	if l == nil || own.Sub(l.heard) >= lookAgain {
		return time.Time{}, false
	}
	return l.told.Add(own.Sub(l.heard)), true
}
