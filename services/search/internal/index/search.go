package index

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/numeric"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
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
	ps := parts(q.Text)
	way, last := q.Way, q.Way
	if q.Way < 0 {
		way, last = exactly, ways-1
	}
	var best *bleve.SearchResult
	taken, mended := way, false
	for ; way <= last; way++ {
		if way == nearly && best != nil && best.Total > 0 {
			continue // what was typed exists: no error to mend
		}
		if way == loosely && !looser(ps) {
			break
		}
		res, err := x.b.SearchInContext(ctx, q.request(ps, way))
		if err != nil {
			return Found{}, err
		}
		mended = mended || way == nearly && res.Total > 0
		if best == nil || res.Total > best.Total {
			best, taken = res, way
		}
		if best.Total >= few || len(ps) == 0 {
			break
		}
	}
	found := Found{Total: int64(best.Total), Facets: facets(best), Way: taken, Near: mended || q.Near}
	var err error
	found.Docs, err = x.page(best.Hits, q)
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

// request is one way of taking the query.
func (q Query) request(ps []part, way int) *bleve.SearchRequest {
	what := build(ps, way, q.Categories)
	if what == nil {
		what = bleve.NewMatchAllQuery()
	}
	if filter := q.Filter.query(); filter != nil {
		b := bleve.NewBooleanQuery()
		b.AddMust(what)
		b.AddFilter(filter)
		what = b
	}
	req := bleve.NewSearchRequestOptions(what, q.Size, q.From, false)
	if q.reordered() {
		req.From, req.Size = 0, ranked
	}
	req.Sort = q.Sort.order(len(ps) > 0)
	addFacets(req)
	return req
}

// reordered tells whether a page is of those that are put in order by weight.
func (q Query) reordered() bool { return q.Sort == ByRelevance && q.From < ranked }

// order is that of Bleve; the id decides between equals, so that pages do not overlap. By relevance the weight comes along to
// be looked at.
func (s Sort) order(asked bool) search.SortOrder {
	by := func(field string, desc bool) search.SearchSort {
		return &search.SortField{Field: field, Desc: desc, Type: search.SortFieldAsNumber, Missing: search.SortFieldMissingLast}
	}
	id := &search.SortDocID{}
	switch {
	case s == ByPrice:
		return search.SortOrder{by(fPrice, false), id}
	case s == ByPriceDown:
		return search.SortOrder{by(fPrice, true), id}
	case s == ByNewest:
		return search.SortOrder{by(fUpdated, true), id}
	case s == ByHeat || !asked:
		return search.SortOrder{by(fHeat, true), by(fWeight, true), id}
	}
	return search.SortOrder{&search.SortScore{Desc: true}, by(fWeight, true), id}
}

// page reads the documents of a page.
func (x *Index) page(hits search.DocumentMatchCollection, q Query) ([]Document, error) {
	if q.reordered() {
		slices.SortStableFunc(hits, func(a, b *search.DocumentMatch) int { return cmp.Compare(weighed(b), weighed(a)) })
		hits = hits[min(q.From, len(hits)):min(q.From+q.Size, len(hits))]
	}
	var docs []Document
	for _, hit := range hits {
		d, ok, err := x.Get(hit.ID)
		if err != nil {
			return nil, err
		}
		if ok { // else it left in this moment
			docs = append(docs, d)
		}
	}
	return docs, nil
}

// weighed is the relevance of a hit times its weight.
func weighed(hit *search.DocumentMatch) float64 {
	if len(hit.Sort) < 2 {
		return hit.Score
	}
	bits, err := numeric.PrefixCoded(hit.Sort[1]).Int64()
	if err != nil {
		return hit.Score
	}
	return hit.Score * numeric.Int64ToFloat64(bits)
}

func (f Filter) query() query.Query {
	var all []query.Query
	any := func(field string, ids []string) {
		if len(ids) > 0 {
			var qs []query.Query
			for _, id := range ids {
				qs = append(qs, term(field, id))
			}
			all = append(all, either(qs...))
		}
	}
	any(fCategory, f.Categories)
	any(fMerchant, f.Merchants)
	if f.InStock {
		all = append(all, term(fStock, yes))
	}
	if f.Open {
		all = append(all, term(fOpen, yes))
	}
	if f.MinPrice > 0 || f.MaxPrice > 0 {
		least, most := float64(f.MinPrice), math.MaxFloat64
		if f.MaxPrice > 0 {
			most = float64(f.MaxPrice)
		}
		prices := bleve.NewNumericRangeInclusiveQuery(&least, &most, ptr(true), ptr(true))
		prices.SetField(fPrice)
		all = append(all, prices)
	}
	if len(all) == 0 {
		return nil
	}
	return bleve.NewConjunctionQuery(all...)
}
