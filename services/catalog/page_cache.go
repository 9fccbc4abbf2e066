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
)

// pageCache holds what product pages show, bounded in bytes. A page leaves when the feed says that something of it changed
// after it was read: so a page that was being read while it changed leaves as well, at the next look. Pages do not age:
// while the store is away they stand, and say since when nobody knows.
type pageCache struct {
	db    *firestore.Client
	url   func(mediaID string) string // of pictures
	load  func(ctx context.Context, ids []string) (map[string]view, error)
	pages *otter.Cache[string, *shownPage]

	flight sync.Mutex    // held by whoever looks
	looked atomic.Int64  // when the last look began that succeeded, in nanoseconds of real time
	tried  atomic.Int64  // and the last one
	seen   change.Cursor // up to where the feed was heard; by who looks
}

// shownPage is a product's page, or that there is none. What it answers changes by the clock alone now and then.
type shownPage struct {
	id     string
	view   view // zero where there is no such live product
	weight uint32
	now    atomic.Pointer[answer]
}

// answer is what a page answers from one moment until another.
type answer struct {
	res         *catalogv1.GetProductResponse // nil for none
	tag         string
	from, until time.Time // until is zero for ever
}

func newPageCache(db *firestore.Client, bytes uint64, url func(string) string, load func(context.Context, []string) (map[string]view, error)) (*pageCache, error) {
	c := &pageCache{db: db, url: url, load: load}
	now := time.Now() // pages that are read from now on know what changed before
	c.seen.ChangedAt = now.Add(-change.Skew)
	c.looked.Store(now.UnixNano())
	pages, err := otter.New(&otter.Options[string, *shownPage]{
		MaximumWeight: bytes,
		Weigher:       func(_ string, p *shownPage) uint32 { return p.weight },
		Logger:        &otter.NoopLogger{},
	})
	c.pages = pages
	return c, err
}

// get answers a product's page at now. Of many that miss at once one reads.
func (c *pageCache) get(ctx context.Context, id string, now time.Time) (*answer, error) {
	c.refresh(ctx)
	p, err := c.pages.Get(ctx, id, otter.LoaderFunc[string, *shownPage](c.read))
	if err != nil {
		return nil, err
	}
	return p.at(now, c.url), nil
}

// current is the page's answer at now where it is held and up to date, else nil.
func (c *pageCache) current(ctx context.Context, id string, now time.Time) *answer {
	c.refresh(ctx)
	p, ok := c.pages.GetIfPresent(id)
	if !ok || c.age() > 2*waitAfter {
		return nil
	}
	return p.at(now, c.url)
}

func (c *pageCache) read(ctx context.Context, id string) (*shownPage, error) {
	found, err := c.load(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	p := &shownPage{id: id, view: found[id]}
	// The stored view and its answer take three to six times the answer's bytes in protobuf; a page without either, some
	// hundred bytes of keeping.
	p.weight = 512
	if _, ok := found[id]; ok {
		p.weight += uint32(3 * proto.Size(fromView(p.view, time.Time{}, c.url)))
	}
	return p, nil
}

// at is what the page answers at now.
func (p *shownPage) at(now time.Time, url func(string) string) *answer {
	a := p.now.Load()
	if a != nil && !now.Before(a.from) && (a.until.IsZero() || now.Before(a.until)) {
		return a
	}
	a = &answer{from: now}
	if p.view.product.ID != "" {
		a.res, a.until = p.view.shown(now, url)
		a.tag = tagOf(a.res)
	}
	p.now.Store(a)
	return a
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
			if p, ok := c.pages.GetIfPresent(ch.ProductID); ok && p.view.readAt.UnixMicro() >= ch.Version {
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
