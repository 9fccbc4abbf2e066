package index

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// shop is what an index is to say, kept the simple way: every question goes through all documents.
type shop struct {
	docs map[string]Document
	now  time.Time
	read int64
}

// TestIndexIsASimpleCount holds an index through changes, deletions, the clock's turns and new beginnings from its own files
// to a count over all documents: the same facets, the same products, in the same order.
func TestIndexIsASimpleCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "index-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		x, err := Create(filepath.Join(dir, "0"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { x.Close() }()
		s := &shop{docs: map[string]Document{}, now: time.Unix(100, 0)}
		for i := range rapid.IntRange(2, 8).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"write", "write", "write", "turn", "reopen"}).Draw(t, "step") {
			case "write":
				err = s.write(t, x)
			case "turn":
				s.now = s.now.Add(time.Duration(rapid.IntRange(0, 4).Draw(t, "tens of seconds")) * 10 * time.Second)
				_, err = x.Turn(s.now)
			case "reopen":
				x, err = reopened(x, filepath.Join(dir, fmt.Sprint(i+1)), s.now)
			}
			if err != nil {
				t.Fatal(err)
			}
			s.compare(t, x)
		}
	})
}

// reopened is the index that a copy of another's files makes.
func reopened(x *Index, dir string, now time.Time) (*Index, error) {
	if err := x.CopyTo(dir); err != nil {
		return x, err
	}
	next, err := Open(dir, now)
	if err != nil {
		return x, err
	}
	return next, x.Close()
}

var (
	titleWords = []string{"violin", "zebra", "quartz"} // no part, synonym or typing error of one another
	shelves    = [][]string{{"a"}, {"b", "a"}, {"c", "b", "a"}, {"d"}, {"a", "a"}, {}}
)

func (s *shop) write(t *rapid.T, x *Index) error {
	id := rapid.Custom(func(t *rapid.T) string { return fmt.Sprintf("prd_%02d", rapid.IntRange(0, 30).Draw(t, "id")) })
	price := rapid.SampledFrom([]int64{1, 999, 1000, 1001, 2999, 49_999, 50_000, 123_456})
	second := rapid.Custom(func(t *rapid.T) int64 { return 10 * rapid.Int64Range(8, 25).Draw(t, "tens") }) // of which the clock meets many
	var docs []Document
	for _, id := range rapid.SliceOfNDistinct(id, 0, 20, rapid.ID).Draw(t, "put") {
		s.read++
		d := Document{
			ID: id, MerchantID: rapid.SampledFrom([]string{"m_1", "m_2", "m_3"}).Draw(t, "merchant"), InStock: rapid.Bool().Draw(t, "in stock"),
			JA:          strings.Join(rapid.SliceOfNDistinct(rapid.SampledFrom(titleWords), 1, 3, rapid.ID).Draw(t, "title"), " "),
			CategoryIDs: rapid.SampledFrom(shelves).Draw(t, "categories"), Updated: second.Draw(t, "updated"), Read: s.read,
			Solo: []Solo{{Price: price.Draw(t, "price")}},
		}
		if rapid.Bool().Draw(t, "offered") {
			begin := second.Draw(t, "begin")
			d.Offers = []Offer{{Begin: begin, End: begin + 30, Price: price.Draw(t, "group price"), Members: rapid.Int64Range(0, 2).Draw(t, "members")}}
		}
		docs = append(docs, d)
	}
	gone := rapid.SliceOfNDistinct(id, 0, 10, rapid.ID).Draw(t, "gone")
	gone = slices.DeleteFunc(gone, func(id string) bool { return slices.ContainsFunc(docs, func(d Document) bool { return d.ID == id }) })
	for _, d := range docs {
		s.docs[d.ID] = d
	}
	for _, id := range gone {
		delete(s.docs, id)
	}
	return x.Apply(docs, gone, Place{"somewhere", true}, s.now)
}

func (s *shop) compare(t *rapid.T, x *Index) {
	q := Query{
		Text: strings.Join(rapid.SliceOfNDistinct(rapid.SampledFrom(titleWords), 0, 2, rapid.ID).Draw(t, "query"), " "),
		Sort: rapid.SampledFrom([]Sort{ByRelevance, ByPrice, ByPriceDown, ByNewest, ByHeat}).Draw(t, "sort"),
		From: rapid.IntRange(0, 5).Draw(t, "from"), Size: rapid.IntRange(1, 40).Draw(t, "size"), Way: exactly,
		Filter: Filter{
			Categories: rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), 0, 2).Draw(t, "in categories"),
			Merchants:  rapid.SliceOfN(rapid.SampledFrom([]string{"m_1", "m_2", "m_9"}), 0, 2).Draw(t, "of merchants"),
			MinPrice:   rapid.SampledFrom([]int64{0, 0, 0, 1000}).Draw(t, "from price"), MaxPrice: rapid.SampledFrom([]int64{0, 0, 0, 1000, 50_000}).Draw(t, "to price"),
			InStock: rapid.Bool().Draw(t, "only in stock"), Open: rapid.Bool().Draw(t, "only open"),
		},
	}
	got, err := x.Search(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	all := s.found(q)
	if want := s.facets(all); got.Total != int64(len(all)) || !gocmp.Equal(want, got.Facets) {
		t.Errorf("%+v finds %d, want %d; facets (-want +got):\n%s", q, got.Total, len(all), gocmp.Diff(want, got.Facets))
	}
	if q.Sort == ByRelevance { // TestJudged holds that order
		return
	}
	slices.SortFunc(all, s.order(q.Sort))
	if want := all[min(q.From, len(all)):min(q.From+q.Size, len(all))]; !slices.EqualFunc(want, got.Docs, func(a, b Document) bool { return a.Equal(b, s.now) }) {
		t.Errorf("%+v finds %v, want %v", q, idsOf(got.Docs), idsOf(want))
	}
	ids, err := x.IDs()
	if err != nil || !maps.EqualFunc(ids, s.docs, func(bool, Document) bool { return true }) {
		t.Errorf("the index has %v (%v), want those of %v", ids, err, s.docs)
	}
}

// found are the documents that a query is to find.
func (s *shop) found(q Query) []Document {
	var out []Document
	among := func(values, wanted []string) bool {
		return len(wanted) == 0 || slices.ContainsFunc(values, func(v string) bool { return slices.Contains(wanted, v) })
	}
	for _, d := range s.docs {
		p, words := d.At(s.now), strings.Fields(d.JA)
		asked := !slices.ContainsFunc(strings.Fields(q.Text), func(w string) bool { return !slices.Contains(words, w) })
		f := q.Filter
		if asked && among(d.CategoryIDs, f.Categories) && among([]string{d.MerchantID}, f.Merchants) && p.Lowest >= f.MinPrice &&
			(f.MaxPrice == 0 || p.Lowest <= f.MaxPrice) && (d.InStock || !f.InStock) && (p.Open || !f.Open) {
			out = append(out, d)
		}
	}
	return out
}

func (s *shop) facets(all []Document) Facets {
	var f Facets
	merchants, categories := map[string]int64{}, map[string]int64{}
	for _, d := range all {
		merchants[d.MerchantID]++
		for i, id := range d.CategoryIDs {
			if !slices.Contains(d.CategoryIDs[:i], id) {
				categories[id]++
			}
		}
		if d.InStock {
			f.InStock++
		}
		if d.At(s.now).Open {
			f.Open++
		}
	}
	f.Merchants, f.Categories = counted(merchants), counted(categories)
	for i, from := range bounds {
		b := Band{Min: from}
		if i+1 < len(bounds) {
			b.Max = bounds[i+1]
		}
		for _, d := range all {
			if p := d.At(s.now).Lowest; p >= b.Min && (b.Max == 0 || p < b.Max) {
				b.N++
			}
		}
		if b.N > 0 {
			f.Prices = append(f.Prices, b)
		}
	}
	return f
}

func counted(of map[string]int64) []Count {
	var out []Count
	for _, id := range slices.Sorted(maps.Keys(of)) {
		out = append(out, Count{id, of[id]})
	}
	slices.SortStableFunc(out, func(a, b Count) int { return cmp.Compare(b.N, a.N) })
	return out
}

func (s *shop) order(by Sort) func(a, b Document) int {
	return func(a, b Document) int {
		p, o := a.At(s.now), b.At(s.now)
		n := 0
		switch by {
		case ByPrice:
			n = cmp.Compare(p.Lowest, o.Lowest)
		case ByPriceDown:
			n = cmp.Compare(o.Lowest, p.Lowest)
		case ByNewest:
			n = cmp.Compare(b.Updated, a.Updated)
		case ByHeat:
			n = cmp.Or(cmp.Compare(o.Members, p.Members), cmp.Compare(b.weight(o), a.weight(p)))
		}
		return cmp.Or(n, cmp.Compare(a.ID, b.ID))
	}
}

func idsOf(docs []Document) []string {
	var out []string
	for _, d := range docs {
		out = append(out, d.ID)
	}
	return out
}

// Nothing that keeps only the first may lose one of them, however they come.
func TestBestAreTheFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := best{most: rapid.IntRange(1, 5).Draw(t, "most")}
		var all []hit
		for i, first := range rapid.SliceOf(rapid.Float64Range(0, 9)).Draw(t, "scores") {
			h := hit{row: &row{id: fmt.Sprintf("%03d", i)}, first: math.Floor(first)}
			all = append(all, h)
			b.add(h)
		}
		slices.SortFunc(all, inOrder)
		if got, want := b.sorted(), all[:min(b.most, len(all))]; !slices.Equal(got, want) {
			t.Errorf("kept %v, want %v", got, want)
		}
	})
}
