package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"cloud.google.com/go/firestore"
	"connectrpc.com/connect"
	"github.com/maypok86/otter/v2"
	"google.golang.org/protobuf/proto"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/change"
)

const (
	// lookEvery is how old the last look at the feed may be before a request looks anew, …
	lookEvery = time.Second
	// waitAfter is how old it may be before every request waits for that.
	waitAfter = 1500 * time.Millisecond
	// lookTime is how long a look may take.
	lookTime = time.Second
	// keeping is what a page takes of the memory beside its bytes, by BenchmarkHitRatio.
	keeping = 320
)

// pageCache holds what product pages show, bounded in bytes. A page leaves when the feed says that something of it changed
// after it was read: so a page that was being read while it changed leaves as well, at the next look. Pages do not age:
// while the store is away they stand, and say since when nobody knows.
type pageCache struct {
	db    *firestore.Client
	load  func(ctx context.Context, ids []string) (map[string]*catalogv1.ProductView, error)
	pages *otter.Cache[string, *shownPage]

	flight sync.Mutex    // held by whoever looks
	looked atomic.Int64  // when the last look began that succeeded, in nanoseconds of real time
	tried  atomic.Int64  // and the last one
	seen   change.Cursor // up to where the feed was heard; by who looks
}

// shownPage is what there is to show of a product, or that there is no such live one. It is kept as bytes, which take a
// quarter of what the message itself takes.
type shownPage struct {
	view   []byte // a catalogv1.ProductView; empty for none
	readAt int64  // its version: no change that was committed before it is missing
}

func newPageCache(db *firestore.Client, bytes uint64, load func(context.Context, []string) (map[string]*catalogv1.ProductView, error)) (*pageCache, error) {
	c := &pageCache{db: db, load: load}
	now := time.Now() // pages that are read from now on know what changed before
	c.seen.ChangedAt = now.Add(-change.Skew)
	c.looked.Store(now.UnixNano())
	pages, err := otter.New(&otter.Options[string, *shownPage]{
		MaximumWeight: bytes,
		Weigher:       func(_ string, p *shownPage) uint32 { return uint32(keeping + len(p.view)) },
		Logger:        &otter.NoopLogger{},
	})
	c.pages = pages
	return c, err
}

// get answers a product's page. Of many that miss at once one reads.
func (c *pageCache) get(ctx context.Context, id string) (*shownPage, error) {
	c.refresh(ctx)
	return c.pages.Get(ctx, id, otter.LoaderFunc[string, *shownPage](c.read))
}

// current is the page where it is held and up to date, else nil.
func (c *pageCache) current(ctx context.Context, id string) *shownPage {
	c.refresh(ctx)
	p, ok := c.pages.GetIfPresent(id)
	if !ok || c.age() > 2*waitAfter {
		return nil
	}
	return p
}

func (c *pageCache) read(ctx context.Context, id string) (*shownPage, error) {
	found, err := c.load(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	view, err := proto.Marshal(found[id])
	return &shownPage{view, found[id].GetReadVersion()}, err
}

// at is what the page answers at a time, nil for none, and until when it does by the clock; zero for ever.
func (p *shownPage) at(now time.Time) (*catalogv1.GetProductResponse, time.Time, error) {
	if len(p.view) == 0 {
		return nil, time.Time{}, nil
	}
	v := &catalogv1.ProductView{}
	if err := proto.Unmarshal(p.view, v); err != nil {
		return nil, time.Time{}, err
	}
	res, until := pageOf(v, now)
	return res, until, nil
}

// refresh lets go of what changed, if the last look at the feed is old. One request looks; others wait for it only where
// the last look is so old that they might answer too old a page. A feed that cannot be read is tried again a second later.
func (c *pageCache) refresh(ctx context.Context) {
	age := c.age()
	if age < lookEvery {
		return
	}
	if !c.flight.TryLock() {
		if age < waitAfter {
			return
		}
		c.flight.Lock()
	}
	defer c.flight.Unlock()
	if time.Since(time.Unix(0, c.tried.Load())) < lookEvery { // somebody else just did
		return
	}
	began := time.Now()
	c.tried.Store(began.UnixNano())
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTime)
	defer cancel()
	if err := c.look(ctx, began); err != nil {
		slog.WarnContext(ctx, "the change feed cannot be read: pages grow old", "error", err)
		return
	}
	c.looked.Store(began.UnixNano())
}

// look reads the feed, a while back, and lets go of every page that was read before its last change.
func (c *pageCache) look(ctx context.Context, now time.Time) error {
	since := change.Since(c.seen.ChangedAt, now)
	if last := c.looked.Load(); last > 0 && change.Lost(time.Unix(0, last), now) {
		c.pages.InvalidateAll()
	}
	at := change.Cursor{ChangedAt: since}
	for {
		found, end, err := change.After(ctx, c.db, at, 1000)
		if err != nil {
			return err
		}
		for _, ch := range found {
			if p, ok := c.pages.GetIfPresent(ch.ProductID); ok && p.readAt >= ch.Version {
				continue
			}
			c.pages.Invalidate(ch.ProductID) // also what is being read this moment
		}
		if at = end; len(found) < 1000 {
			if at.ChangedAt.After(c.seen.ChangedAt) {
				c.seen.ChangedAt = at.ChangedAt
			}
			return nil
		}
	}
}

// age is how long ago the last look began that succeeded.
func (c *pageCache) age() time.Duration { return time.Since(time.Unix(0, c.looked.Load())) }

// tellAge says how old an answer may be, in seconds, where that is more than it should.
func (c *pageCache) tellAge(ctx context.Context) {
	age := c.age()
	call, ok := connect.CallInfoForHandlerContext(ctx)
	if ok && age > 2*waitAfter {
		call.ResponseHeader().Set("Age", fmt.Sprint(int(age.Seconds())))
	}
}
