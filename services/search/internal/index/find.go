package index

import (
	"cmp"
	"context"
	"slices"

	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
	api "github.com/blevesearch/bleve_index_api"
)

// hit is a document found.
type hit struct {
	*row
	n             uint64 // of the document in the view
	score         float64
	first, second float64 // by what it is in order, the highest first
}

// inOrder compares two hits; the id decides between equals, so that pages do not overlap.
func inOrder(a, b hit) int {
	if n := cmp.Compare(b.first, a.first); n != 0 {
		return n
	}
	if n := cmp.Compare(b.second, a.second); n != 0 {
		return n
	}
	return cmp.Compare(a.id, b.id)
}

// best keeps the most that come first: it takes twice as many, and casts off the worse half.
type best struct {
	most int
	hits []hit
	full bool // the hit at most-1 is the last that can still be among them
}

func (b *best) add(h hit) {
	if b.full && inOrder(h, b.hits[b.most-1]) > 0 {
		return
	}
	if b.hits = append(b.hits, h); len(b.hits) == 2*b.most {
		b.hits, b.full = b.sorted(), true
	}
}

func (b *best) sorted() []hit {
	slices.SortFunc(b.hits, inOrder)
	return b.hits[:min(b.most, len(b.hits))]
}

// result is what one way of taking a query finds.
type result struct {
	hits []hit // as many as were asked for
	tally
}

// find goes through what a query finds, all where it is nil, and counts and keeps what the filter leaves.
func (x *Index) find(ctx context.Context, v *view, q Query, what query.Query) (*result, error) {
	keep, keys := q.Filter.keep(x), q.Sort.keys(what != nil)
	b := best{most: max(ranked, q.From+q.Size)}
	res := &result{tally: newTally(x)}
	take := func(n uint64, r *row, score float64) {
		if !keep(r) {
			return
		}
		res.add(r)
		first, second := keys(r, score)
		b.add(hit{r, n, score, first, second})
	}
	if what == nil {
		v.live(func(n uint64, r *row) { take(n, r, 1) })
	} else if err := v.matches(ctx, what, take); err != nil {
		return nil, err
	}
	res.hits = b.sorted()
	return res, nil
}

// keys are by what an order goes. By relevance of nothing asked, the busiest come first.
func (s Sort) keys(asked bool) func(r *row, score float64) (first, second float64) {
	switch {
	case s == ByPrice:
		return func(r *row, _ float64) (float64, float64) { return -float64(r.price), 0 }
	case s == ByPriceDown:
		return func(r *row, _ float64) (float64, float64) { return float64(r.price), 0 }
	case s == ByNewest:
		return func(r *row, _ float64) (float64, float64) { return float64(r.updated), 0 }
	case s == ByHeat || !asked:
		return func(r *row, _ float64) (float64, float64) { return float64(r.heat), r.weight }
	}
	return func(r *row, score float64) (float64, float64) { return score, r.weight }
}

// matches has Bleve find and score documents.
func (v *view) matches(ctx context.Context, what query.Query, take func(n uint64, r *row, score float64)) (err error) {
	ctx = context.WithValue(ctx, search.GetScoringModelCallbackKey, search.GetScoringModelCallbackFn(func() string { return api.BM25Scoring }))
	s, err := what.Searcher(ctx, v.snapshot, v.mapping, search.SearcherOptions{})
	if err != nil {
		return err
	}
	defer func() {
		if closed := s.Close(); err == nil {
			err = closed
		}
	}()
	on := &search.SearchContext{DocumentMatchPool: search.NewDocumentMatchPool(s.DocumentMatchPoolSize()+1, 0), IndexReader: v.snapshot}
	for i := 0; ; i++ {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		m, err := s.Next(on)
		if err != nil || m == nil {
			return err
		}
		n := m.IndexInternalID.Value()
		seg, local := v.at(n)
		take(n, &seg.rows[local], m.Score)
		on.DocumentMatchPool.Put(m)
	}
}

// keep tells of each row whether the filter leaves it.
func (f Filter) keep(x *Index) func(*row) bool {
	merchants := among(x.merchants.all(), f.Merchants, func(name string) []string { return []string{name} })
	shelves := among(x.shelves.all(), f.Categories, categoriesOf)
	return func(r *row) bool {
		return (merchants == nil || merchants[r.merchant]) && (shelves == nil || shelves[r.shelf]) &&
			(r.inStock || !f.InStock) && (r.open || !f.Open) && r.price >= f.MinPrice && (f.MaxPrice == 0 || r.price <= f.MaxPrice)
	}
}

// among tells of each name, by its number, whether it holds a wanted one. Nothing wanted is nil.
func among(names, wanted []string, parts func(string) []string) []bool {
	if len(wanted) == 0 {
		return nil
	}
	out := make([]bool, len(names))
	for i, name := range names {
		out[i] = slices.ContainsFunc(parts(name), func(p string) bool { return slices.Contains(wanted, p) })
	}
	return out
}
