package index

import (
	"cmp"
	"slices"
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
var bounds = [...]int64{0, 1000, 2000, 3000, 5000, 10000, 20000, 50000}

const mostCounts = 50

// tally counts rows by the numbers of what they have.
type tally struct {
	total, inStock, open int64
	merchants, shelves   []int64
	bands                [len(bounds)]int64
}

func newTally(x *Index) tally {
	return tally{merchants: make([]int64, len(x.merchants.all())), shelves: make([]int64, len(x.shelves.all()))}
}

func (t *tally) add(r *row) {
	t.total++
	t.merchants[r.merchant]++
	t.shelves[r.shelf]++
	if r.inStock {
		t.inStock++
	}
	if r.open {
		t.open++
	}
	i := len(bounds) - 1
	for i > 0 && r.price < bounds[i] {
		i--
	}
	t.bands[i]++
}

// facets puts the names to the numbers.
func (t *tally) facets(x *Index) Facets {
	merchants, categories := map[string]int64{}, map[string]int64{}
	for i, name := range x.merchants.all()[:len(t.merchants)] {
		if t.merchants[i] > 0 {
			merchants[name] = t.merchants[i]
		}
	}
	for i, shelf := range x.shelves.all()[:len(t.shelves)] {
		if t.shelves[i] > 0 {
			for _, id := range categoriesOf(shelf) {
				categories[id] += t.shelves[i]
			}
		}
	}
	out := Facets{Categories: counts(categories), Merchants: counts(merchants), InStock: t.inStock, Open: t.open}
	for i, n := range t.bands {
		b := Band{Min: bounds[i], N: n}
		if i+1 < len(bounds) {
			b.Max = bounds[i+1]
		}
		if n > 0 {
			out.Prices = append(out.Prices, b)
		}
	}
	return out
}

// counts are the highest.
func counts(of map[string]int64) []Count {
	var out []Count
	for id, n := range of {
		if n > 0 {
			out = append(out, Count{id, n})
		}
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.ID, b.ID)) })
	return out[:min(mostCounts, len(out))]
}
