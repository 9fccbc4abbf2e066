package index

import (
	"cmp"
	"context"
	"slices"
)

// Sort is an order of what is found.
type Sort int

// The orders.
const (
	ByRelevance Sort = iota
	ByPrice
	ByPriceDown
	ByNewest
	ByHeat
)

const (
	// Deepest is how many products of one query can be paged through.
	Deepest = 1000
	// ranked is how many of the best are put in order by their weight too; what follows stays in the order of relevance.
	ranked = 200
	// few is of how many products a query is content.
	few = 10
)

// Filter keeps what it names; what is empty keeps all.
type Filter struct {
	Categories, Merchants []string
	MinPrice, MaxPrice    int64 // in yen; 0 is no bound
	InStock, Open         bool
}

// Query is a search.
type Query struct {
	Text       string
	Filter     Filter
	Sort       Sort
	Categories map[string][]string // ids by the words of their titles
	From, Size int
	// Way is that which the first page has answered, and Near what it has said of that; -1 on the first page.
	Way  int
	Near bool
}

// Found is what a search finds.
type Found struct {
	Docs   []Document
	Total  int64
	Facets Facets
	Way    int  // for the next pages
	Near   bool // nothing was found as it was typed
}

// Search finds products.
func (x *Index) Search(ctx context.Context, q Query) (Found, error) {
	v, done, err := x.look()
	if err != nil {
		return Found{}, err
	}
	defer done()
	ps := parts(q.Text)
	way, last := q.Way, q.Way
	if q.Way < 0 {
		way, last = exactly, ways-1
	}
	var most *result
	taken, mended := way, false
	for ; way <= last; way++ {
		if way == nearly && most != nil && most.total > 0 {
			continue // what was typed exists: no error to mend
		}
		if way == loosely && !looser(ps) {
			break
		}
		res, err := x.find(ctx, v, q, build(ps, way, q.Categories))
		if err != nil {
			return Found{}, err
		}
		mended = mended || way == nearly && res.total > 0
		if most == nil || res.total > most.total {
			most, taken = res, way
		}
		if most.total >= few || len(ps) == 0 {
			break
		}
	}
	found := Found{Total: most.total, Facets: most.facets(x), Way: taken, Near: mended || q.Near}
	found.Docs, err = v.page(most.hits, q)
	return found, err
}

// looser tells whether a query has several words to look for one by one.
func looser(ps []part) bool {
	n := 0
	for _, p := range ps {
		for _, w := range p.words() {
			if w.telling() {
				n++
			}
		}
	}
	return n > 1
}

// page reads the documents of a page. By relevance, the first are put in order by their weight too.
func (v *view) page(hits []hit, q Query) ([]Document, error) {
	if q.Sort == ByRelevance {
		slices.SortStableFunc(hits[:min(ranked, len(hits))], func(a, b hit) int { return cmp.Compare(b.score*b.weight, a.score*a.weight) })
	}
	var docs []Document
	for _, h := range hits[min(q.From, len(hits)):min(q.From+q.Size, len(hits))] {
		d, err := v.document(h.n)
		if err != nil {
			return nil, err
		}
		docs = append(docs, d)
	}
	return docs, nil
}
