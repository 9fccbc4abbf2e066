package firedb_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/internal/testenv"
)

// Many save at once, each its own document, one of them over an old version: all but that are stored, in few calls, and each
// may be saved again by what its saving answered.
func TestSaversShareCalls(t *testing.T) {
	t.Parallel()
	reader := metric.NewManualReader()
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	ctx, c := t.Context(), testenv.Firestore(t)
	s := firedb.NewSaver[note](c)
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
				at, err := s.Save(ctx, ref(i), note{Count: round - 1}, note{Count: round}, stored[i])
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
	if n := shared(t, reader); n == 0 || n > 3*many/4 {
		t.Errorf("%d calls for several documents, want a few for all of %d", n, 3*many)
	}
}

// shared is how many calls for several documents were made.
func shared(t *testing.T, reader metric.Reader) (n uint64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			calls, _ := m.Data.(metricdata.Histogram[float64])
			for _, p := range calls.DataPoints {
				if operation, _ := p.Attributes.Value("operation"); operation.AsString() == "BatchWrite" {
					n += p.Count
				}
			}
		}
	}
	return n
}

// A field that was not changed is not written, alone or with others, and what is saved without any change is written whole.
func TestASaverWritesWhatHasChanged(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), testenv.Firestore(t)
	s := firedb.NewSaver[note](c)
	var all sync.WaitGroup
	for i := range 5 {
		all.Go(func() {
			ref := c.Doc(fmt.Sprintf("notes/%d", i))
			at, err := s.Save(ctx, ref, note{}, note{Text: "stored", Count: 1}, time.Time{})
			if err != nil {
				t.Error(err)
				return
			}
			read := note{Text: "as read", Count: 1}
			for _, want := range []note{{Text: "stored", Count: 2}, {Text: "as read", Count: 2}} {
				next := note{Text: "as read", Count: 2}
				if at, err = s.Save(ctx, ref, read, next, at); err != nil {
					t.Error(err)
					return
				}
				got, _, _, err := firedb.Get[note](ctx, ref)
				if diff := cmp.Diff(want, got); diff != "" || err != nil {
					t.Errorf("%d: %v (-want +got):\n%s", i, err, diff)
				}
				read = next
			}
		})
	}
	all.Wait()
}

// Whoever goes away while others write for him is answered an error and no time, whatever becomes of the document.
func TestASaverIsLeftEarly(t *testing.T) {
	t.Parallel()
	c := testenv.Firestore(t)
	s := firedb.NewSaver[note](c)
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*time.Millisecond)
			defer cancel()
			if at, err := s.Save(ctx, c.Doc(fmt.Sprintf("notes/left%d", i)), note{}, note{Count: 1}, time.Time{}); (err == nil) == at.IsZero() {
				t.Errorf("%d: written at %s, %v", i, at, err)
			}
		})
	}
	all.Wait()
}
