package index

import (
	"encoding/json"
	"errors"
	"slices"
	"sort"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
)

// view is the index at a moment: Bleve's snapshot with the rows of its documents. Who searches has one from the first step to
// the last; whoever writes puts a new one in its place.
type view struct {
	snapshot *scorch.IndexSnapshot
	mapping  mapping.IndexMapping
	segments []segment
}

// segment is a part of the index, of which first is the number of the first document.
type segment struct {
	*scorch.SegmentSnapshot
	*column
	first uint64
}

// look answers the newest view, and what to call when it is no longer looked at.
func (x *Index) look() (*view, func(), error) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.view == nil {
		return nil, nil, bleve.ErrorIndexClosed
	}
	v := x.view
	v.snapshot.AddRef()
	return v, func() { _ = v.snapshot.DecRef() }, nil
}

// show puts a view, nil at the end, in the place of the one before.
func (x *Index) show(v *view) error {
	x.mu.Lock()
	old := x.view
	x.view = v
	x.mu.Unlock()
	if old == nil {
		return nil
	}
	return old.snapshot.DecRef()
}

// renew shows what Bleve has now. Only segments that are new are read.
func (x *Index) renew(now time.Time) error {
	advanced, err := x.b.Advanced()
	if err != nil {
		return err
	}
	reader, err := advanced.Reader()
	if err != nil {
		return err
	}
	s, ok := reader.(*scorch.IndexSnapshot)
	if !ok {
		return errors.Join(errors.New("this index has no segments"), reader.Close())
	}
	held := map[uint64]*column{}
	if x.view != nil {
		for _, seg := range x.view.segments {
			held[seg.Id()] = seg.column
		}
	}
	next, first := &view{snapshot: s, mapping: x.b.Mapping()}, uint64(0)
	for _, seg := range s.Segments() {
		c := held[seg.Id()]
		if c == nil {
			if c, err = x.columnOf(seg, now); err != nil {
				return errors.Join(err, s.Close())
			}
		}
		next.segments = append(next.segments, segment{seg, c, first})
		first += uint64(len(c.rows))
	}
	return x.show(next)
}

// Turn looks again at the documents whose offers or prices have begun or ended by now, and tells how many.
func (x *Index) Turn(now time.Time) (int, error) {
	v, done, err := x.look()
	if err != nil {
		return 0, err
	}
	defer done()
	next, all := &view{v.snapshot, v.mapping, slices.Clone(v.segments)}, 0
	for i := range next.segments {
		s := &next.segments[i]
		if s.until > now.Unix() {
			continue
		}
		c, n, err := x.turned(s.column, s.SegmentSnapshot, now)
		if err != nil {
			return 0, err
		}
		s.column = c
		all += n
	}
	if all == 0 {
		return 0, nil
	}
	next.snapshot.AddRef()
	return all, x.show(next)
}

// at is the segment in which a document lies, and its number there.
func (v *view) at(n uint64) (segment, uint64) {
	i := sort.Search(len(v.segments), func(i int) bool { return v.segments[i].first > n }) - 1
	return v.segments[i], n - v.segments[i].first
}

func (v *view) document(n uint64) (Document, error) {
	s, local := v.at(n)
	return documentAt(s.SegmentSnapshot, local)
}

// documentAt is a document of a segment as it was stored.
func documentAt(s *scorch.SegmentSnapshot, n uint64) (d Document, err error) {
	failed := errors.New("it was not stored")
	err = s.VisitDocument(n, func(field string, _ byte, value []byte, _ []uint64) bool {
		if field != fDocument {
			return true
		}
		failed = json.Unmarshal(value, &d)
		return false
	})
	return d, errors.Join(err, failed)
}

// live goes through the documents that are not deleted.
func (v *view) live(each func(n uint64, r *row)) {
	for _, s := range v.segments {
		gone := s.Deleted()
		for i := range s.rows {
			if gone == nil || !gone.Contains(uint32(i)) {
				each(s.first+uint64(i), &s.rows[i])
			}
		}
	}
}
