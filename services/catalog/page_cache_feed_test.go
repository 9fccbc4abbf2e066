package main

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/change"
)

const aPage = "prd_aaaaaaaaaaaaaaaaaaaaaaaaaa"

// cached answers a cache that reads typical pages, after something, and how often it did.
func cached(t *testing.T, bytes uint64, after func()) (*pageCache, *atomic.Int64) {
	t.Helper()
	var reads atomic.Int64
	c, err := newPageCache(nil, bytes, func(_ context.Context, ids []string) (map[string]*catalogv1.ProductView, error) {
		reads.Add(1)
		after()
		return map[string]*catalogv1.ProductView{ids[0]: typical(ids[0])}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, &reads
}

func nothing() {}

// An instance that nobody asked for minutes has heard nothing: its next look reads from where the last one ended, and a little
// before, since an entry may be seen late.
func TestAQuietInstanceHearsWhatItMissed(t *testing.T) {
	s := open(t)
	c, reads := cached(t, 1<<20, nothing)
	c.db = s.db
	ago := func(d time.Duration) time.Time { return time.Now().Add(-d) }
	c.heard = change.Cursor{ChangedAt: ago(6 * time.Minute)}
	if err := c.look(s.ctx, ago(5*time.Minute)); err != nil {
		t.Fatal(err)
	}
	c.looked.Store(ago(5 * time.Minute).UnixNano())
	c.pages.Set(aPage, &shownPage{view: []byte{}, readAt: ago(5 * time.Minute).UnixMicro()})
	entry := map[string]any{"product_id": aPage, "cause": "product/" + aPage + "@2", "changed_at": ago(5*time.Minute + 30*time.Second)}
	if _, err := s.db.Collection("changes").Doc(aPage).Set(s.ctx, entry); err != nil {
		t.Fatal(err)
	}
	if _, err := c.get(s.ctx, aPage); err != nil || reads.Load() != 1 {
		t.Errorf("read %d times, %v; want the page that changed since the last look to be read anew", reads.Load(), err)
	}
}

// A store that hangs delays those who ask at that moment once, together, and not one after the other.
func TestAHangingFeedIsWaitedForOnce(t *testing.T) {
	hanging, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer hanging.Close()
	t.Setenv("FIRESTORE_EMULATOR_HOST", hanging.Addr().String())
	db, err := firedb.Open(t.Context(), "hanging", "catalog")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	c, _ := cached(t, 1<<20, nothing)
	if _, err := c.get(t.Context(), aPage); err != nil {
		t.Fatal(err)
	}
	c.db = db
	c.looked.Store(time.Now().Add(-10 * waitAfter).UnixNano())
	ctx, cancel := context.WithTimeout(t.Context(), 5*lookTime)
	defer cancel()
	var asking sync.WaitGroup
	for range 16 {
		asking.Go(func() {
			if _, err := c.get(ctx, aPage); err != nil || ctx.Err() != nil {
				t.Errorf("a held page: %v, %v", err, ctx.Err())
			}
		})
	}
	asking.Wait()
	if c.current(t.Context(), aPage) != nil {
		t.Error("a page counts as up to date while the feed hangs")
	}
}

func TestMissesAreOne(t *testing.T) {
	var coming, asking sync.WaitGroup
	coming.Add(50)
	c, reads := cached(t, 1<<20, coming.Wait)
	for range 50 {
		asking.Go(func() {
			coming.Done()
			if _, err := c.get(t.Context(), aPage); err != nil {
				t.Error(err)
			}
		})
	}
	if asking.Wait(); reads.Load() != 1 {
		t.Errorf("the store was read %d times; want once", reads.Load())
	}
}

func TestPagesAreBounded(t *testing.T) {
	const most = 100 << 10
	c, reads := cached(t, most, nothing)
	for i := range 200 {
		if _, err := c.get(t.Context(), fmt.Sprintf("prd_%026d", i)); err != nil {
			t.Fatal(err)
		}
	}
	c.pages.CleanUp()
	held := 0
	for _, p := range c.pages.All() {
		held += len(p.view)
	}
	if held == 0 || held > most || reads.Load() != 200 {
		t.Errorf("pages of %d bytes are held after %d reads; want up to %d bytes", held, reads.Load(), most)
	}
}
