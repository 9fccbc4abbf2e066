package firedb_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/internal/testenv"
)

// Many save at once, each its own document, one of them over an old version: all but that are stored, and each may be saved
// again by what its saving answered.
func TestSaversShareCommits(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), testenv.Firestore(t)
	s := firedb.NewSaver(c)
	const many = 40
	ref := func(i int) *firestore.DocumentRef { return c.Doc(fmt.Sprintf("notes/%d", i)) }
	for round := range int64(3) {
		stored := make([]time.Time, many)
		if round > 0 {
			for i := range many {
				_, at, _, err := firedb.Get[note](ctx, ref(i))
				if err != nil {
					t.Fatal(err)
				}
				stored[i] = at
			}
			stored[7] = stored[7].Add(-time.Second)
		}
		var all sync.WaitGroup
		for i := range many {
			all.Go(func() {
				at, err := s.Save(ctx, ref(i), note{Count: round}, stored[i])
				if old := round > 0 && i == 7; old != conflict(err) || err != nil && !old {
					t.Errorf("round %d, %d: %v", round, i, err)
				}
				if got, is, _, err := firedb.Get[note](ctx, ref(i)); err == nil && i != 7 && (got.Count != round || !is.Equal(at)) {
					t.Errorf("round %d, %d: stored %d at %s, answered %s", round, i, got.Count, is, at)
				}
			})
		}
		all.Wait()
	}
}
