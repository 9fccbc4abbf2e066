package index

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/blevesearch/bleve/v2"
)

// Facets count what was found.
type Facets struct {
	Categories, Merchants []Count
	Prices                []Band
	InStock, Open         int64
}

// Count is how many products have a value.
type Count struct {
	ID string
	N  int64
}

// Band is a range of prices in yen: from Min to just below Max, 0 for no bound.
type Band struct {
	Min, Max, N int64
}

// bounds are where price bands begin, in yen: shoppers' round numbers, some three a power of ten.
var bounds = []int64{0, 1000, 2000, 3000, 5000, 10000, 20000, 50000}

const mostCounts = 50

func addFacets(req *bleve.SearchRequest) {
	req.AddFacet(fCategory, bleve.NewFacetRequest(fCategory, mostCounts))
	req.AddFacet(fMerchant, bleve.NewFacetRequest(fMerchant, mostCounts))
	req.AddFacet(fStock, bleve.NewFacetRequest(fStock, 1))
	req.AddFacet(fOpen, bleve.NewFacetRequest(fOpen, 1))
	prices := bleve.NewFacetRequest(fPrice, len(bounds))
	for i, from := range bounds {
		least := float64(from)
		var most *float64
		if i+1 < len(bounds) {
			most = ptr(float64(bounds[i+1]))
		}
		prices.AddNumericRange(strconv.Itoa(i), &least, most)
	}
	req.AddFacet(fPrice, prices)
}

func facets(res *bleve.SearchResult) Facets {
	out := Facets{Categories: counts(res, fCategory), Merchants: counts(res, fMerchant)}
	out.InStock, out.Open = one(res, fStock), one(res, fOpen)
	if f := res.Facets[fPrice]; f != nil {
		for _, r := range f.NumericRanges {
			i, _ := strconv.Atoi(r.Name) // ours
			b := Band{Min: bounds[i], N: int64(r.Count)}
			if i+1 < len(bounds) {
				b.Max = bounds[i+1]
			}
			out.Prices = append(out.Prices, b)
		}
	}
	slices.SortFunc(out.Prices, func(a, b Band) int { return cmp.Compare(a.Min, b.Min) })
	return out
}

func counts(res *bleve.SearchResult, field string) []Count {
	var out []Count
	if f := res.Facets[field]; f != nil && f.Terms != nil {
		for _, t := range f.Terms.Terms() {
			out = append(out, Count{t.Term, int64(t.Count)})
		}
	}
	return out
}

func one(res *bleve.SearchResult, field string) int64 {
	for _, c := range counts(res, field) {
		return c.N
	}
	return 0
}
