package index

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/blevesearch/bleve/v2/index/scorch"
)

// row is what filters, orders and counts look at of a document, as the clock has it. Rows lie in memory, by the number of the
// document: to fetch a field of each hit from the files costs more than to find the hits.
type row struct {
	id                   string
	price, heat, updated int64 // the lowest price, in yen
	until                int64 // when the clock changes it, in seconds
	weight               float64
	merchant, shelf      uint32 // by their numbers
	inStock, open        bool
}

// column is the rows of a segment of the index. A segment never changes, but for what is deleted of it; nor does its column.
type column struct {
	rows  []row
	until int64 // of that row which changes first
}

// columnOf reads a segment's documents.
func (x *Index) columnOf(s *scorch.SegmentSnapshot, now time.Time) (*column, error) {
	c := &column{make([]row, s.FullSize()), math.MaxInt64}
	for n := range c.rows {
		if err := x.read(c, s, n, now); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// turned is a column as it is by now, and how many of its rows have changed.
func (x *Index) turned(old *column, s *scorch.SegmentSnapshot, now time.Time) (*column, int, error) {
	c, n := &column{slices.Clone(old.rows), math.MaxInt64}, 0
	for i, r := range old.rows {
		if r.until > now.Unix() {
			c.until = min(c.until, r.until)
			continue
		}
		n++
		if err := x.read(c, s, i, now); err != nil {
			return nil, 0, err
		}
	}
	return c, n, nil
}

// read puts a document's row into its column.
func (x *Index) read(c *column, s *scorch.SegmentSnapshot, n int, now time.Time) error {
	d, err := documentAt(s, uint64(n))
	if err != nil {
		return fmt.Errorf("read document %d: %w", n, err)
	}
	p := d.At(now)
	c.rows[n] = row{
		id: d.ID, price: p.Lowest, heat: p.Members, updated: d.Updated, until: p.until, weight: d.weight(p),
		merchant: x.merchants.number(d.MerchantID), shelf: x.shelves.number(shelfOf(d.CategoryIDs)), inStock: d.InStock, open: p.Open,
	}
	c.until = min(c.until, p.until)
	return nil
}

// shelfOf names the place of a product in the shop: its categories, which are few sets for many products.
func shelfOf(categories []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(categories))), "\n")
}

func categoriesOf(shelf string) []string { return strings.Fields(shelf) }

// names gives numbers to names, from 0 on. None is given up: there are as many as the shop has had.
type names struct {
	mu      sync.RWMutex
	numbers map[string]uint32
	list    []string
}

func (t *names) number(name string) uint32 {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, ok := t.numbers[name]
	if !ok {
		if t.numbers == nil {
			t.numbers = map[string]uint32{}
		}
		name = strings.Clone(name) // of a document that may be let go
		n = uint32(len(t.list))
		t.numbers[name], t.list = n, append(t.list, name)
	}
	return n
}

// all are the names in the order of their numbers.
func (t *names) all() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.list
}
