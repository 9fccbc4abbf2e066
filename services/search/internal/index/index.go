package index

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	api "github.com/blevesearch/bleve_index_api"
)

// Format is that of the files: it grows with every change of what a document is found by, and a copy of another format is
// as good as none.
const Format = 3

// Index is safe for concurrent readers and one writer.
type Index struct {
	dir string
	b   bleve.Index

	merchants, shelves names
	mu                 sync.RWMutex
	view               *view
}

// Create makes an empty index in a directory that does not exist yet.
func Create(dir string) (*Index, error) {
	m := bleve.NewIndexMapping()
	m.ScoringModel = api.BM25Scoring
	b, err := bleve.NewUsing(dir, mapping.IndexMapping(m), scorch.Name, scorch.Name, map[string]any{
		// Each segment has a dictionary of its own to be gone through for a typing error: five for 100,000 products, not eleven.
		"scorchMergePlanOptions": map[string]any{"maxSegmentsPerTier": 3},
		// Found at once, not when the disk has it: what a crash loses is read again.
		"unsafe_batch": true,
	})
	if err != nil {
		return nil, fmt.Errorf("create index: %w", err)
	}
	x := &Index{dir: dir, b: b}
	return x, x.renew(time.Time{})
}

// Open opens the index whose files lie in a directory, and reads every document: one that is damaged is an error here, not
// later.
func Open(dir string, now time.Time) (x *Index, err error) {
	defer func() { // Bleve trusts its files
		if value := recover(); value != nil {
			x, err = nil, fmt.Errorf("open index: %v", value)
		}
	}()
	b, err := bleve.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	x = &Index{dir: dir, b: b}
	if err := x.renew(now); err != nil {
		return nil, errors.Join(fmt.Errorf("open index: %w", err), x.Close())
	}
	return x, nil
}

// Close lets go of the index and deletes its files: it is a copy.
func (x *Index) Close() error { return errors.Join(x.show(nil), x.b.Close(), os.RemoveAll(x.dir)) }

// placeKey is under which the place in the feed is kept.
var placeKey = []byte("place")

// Place is how far the feed has been followed; zero at its beginning.
type Place struct {
	Token string `json:"token"`
	// Whole is false from where the feed began anew until it has named every product: only then is known what is gone.
	Whole bool `json:"whole"`
}

// Place is how far this index has come.
func (x *Index) Place() (p Place, err error) {
	text, err := x.b.GetInternal(placeKey)
	if err != nil || text == nil {
		return p, err
	}
	return p, json.Unmarshal(text, &p)
}

// Apply puts documents in the place of their older versions, takes out the gone, and remembers the place in the feed, all at
// once. Whatever is older than what the index has of it is passed over.
func (x *Index) Apply(docs []Document, gone []string, place Place, now time.Time) error {
	batch := x.b.NewBatch()
	for _, d := range docs {
		held, err := x.Read(d.ID)
		if err != nil {
			return err
		}
		if held >= d.Read {
			continue
		}
		if err := batch.IndexAdvanced(d.fields()); err != nil {
			return fmt.Errorf("index %s: %w", d.ID, err)
		}
	}
	for _, id := range gone {
		batch.Delete(id)
	}
	text, err := json.Marshal(place)
	if err != nil {
		return err
	}
	batch.SetInternal(placeKey, text)
	if err := x.b.Batch(batch); err != nil {
		return err
	}
	return x.renew(now)
}

// Read is when what the index has of a product was read, 0 where it has nothing.
func (x *Index) Read(id string) (int64, error) {
	d, _, err := x.Get(id)
	return d.Read, err
}

// Get answers one document; the bool tells whether there is one.
func (x *Index) Get(id string) (Document, bool, error) {
	var d Document
	stored, err := x.b.Document(id)
	if err != nil || stored == nil {
		return d, false, err
	}
	var failed error
	stored.VisitFields(func(f api.Field) {
		if f.Name() == fDocument {
			failed = json.Unmarshal(f.Value(), &d)
		}
	})
	return d, true, failed
}

// Count is how many products there are.
func (x *Index) Count() (int64, error) {
	n, err := x.b.DocCount()
	return int64(n), err
}

// IDs are the ids of all products.
func (x *Index) IDs() (map[string]bool, error) {
	v, done, err := x.look()
	if err != nil {
		return nil, err
	}
	defer done()
	ids := map[string]bool{}
	v.live(func(_ uint64, r *row) { ids[r.id] = true })
	return ids, nil
}

// CopyTo writes a copy of the index as it stands into an empty directory, while it goes on.
func (x *Index) CopyTo(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "store"), 0o700); err != nil {
		return err
	}
	copyable, ok := x.b.(bleve.IndexCopyable)
	if !ok {
		return errors.New("this index cannot be copied")
	}
	return copyable.CopyTo(bleve.FileSystemDirectory(dir))
}
