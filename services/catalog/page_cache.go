package main

import (
	"context"
	"fmt"
	"log/slog"
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
	// lookAt is how many changes are read at once.
	lookAt = 1000
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

	flight chan struct{} // full while somebody looks
	looked atomic.Int64  // when the last look began that succeeded, in nanoseconds of real time
	failed atomic.Int64  // when the last one ended, if it failed; else 0
	heard  change.Cursor // from where the next one reads; by who looks
}

// shownPage is what there is to show of a product, or that there is no such live one. It is kept as bytes, which take a
// quarter of what the message itself takes.
type shownPage struct {
	view   []byte // a catalogv1.ProductView; empty for none
	readAt int64  // its version: no change that was committed before it is missing
}

func newPageCache(db *firestore.Client, bytes uint64, load func(context.Context, []string) (map[string]*catalogv1.ProductView, error)) (*pageCache, error) {
	c := &pageCache{db: db, load: load}
	c.flight = make(chan struct{}, 1)
	now := time.Now() // pages that are read from now on know what changed before
	c.heard.ChangedAt = now.Add(-change.Skew)
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
// the last look is so old that they might answer too old a page, and not for a feed that could not be read: that is tried
// again after a second.
func (c *pageCache) refresh(ctx context.Context) {
	age := c.age()
	if age < lookEvery || c.failedLately() {
		return
	}
	select {
	case c.flight <- struct{}{}:
	default:
		if age < waitAfter || c.failed.Load() != 0 {
			return
		}
		select {
		case c.flight <- struct{}{}:
		case <-ctx.Done():
			return
		}
	}
	defer func() { <-c.flight }()
	if c.age() < lookEvery || c.failedLately() { // somebody else just looked
		return
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookTime)
	defer cancel()
	if err := c.look(ctx, began); err != nil {
		c.failed.Store(time.Now().UnixNano())
		slog.WarnContext(ctx, "the change feed cannot be read: pages grow old", "error", err)
		return
	}
	c.failed.Store(0)
	c.looked.Store(began.UnixNano())
}

func (c *pageCache) failedLately() bool {
	return time.Since(time.Unix(0, c.failed.Load())) < lookEvery
}

// look reads the feed from where the last look at it ended, which is a while before what that heard last, and lets go of every
// page that was read before its last change. One that fails on the way is gone on with by the next.
func (c *pageCache) look(ctx context.Context, now time.Time) error {
	if change.Lost(time.Unix(0, c.looked.Load()), now) {
		c.pages.InvalidateAll()
	}
	for {
		found, end, err := change.After(ctx, c.db, c.heard, lookAt)
		if err != nil {
			return err
		}
		for _, ch := range found {
			if p, ok := c.pages.GetIfPresent(ch.ProductID); ok && p.readAt > ch.Version {
				continue
			}
			c.pages.Invalidate(ch.ProductID) // also what is being read this moment
		}
		if c.heard = end; len(found) < lookAt {
			c.heard = change.Cursor{ChangedAt: change.Since(end.ChangedAt, now)}
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
