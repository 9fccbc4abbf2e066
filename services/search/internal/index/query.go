package index

import (
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"
)

// How a query is taken, each way wider than the one before; Search goes on to the next where it finds too little.
const (
	exactly = iota // every part of it stands in a product
	nearly         // but for a typing error
	loosely        // one of its words does
	ways
)

// part is what stands between two spaces of a query.
type part struct {
	text
	whole string // folded
}

func parts(q string) []part {
	var out []part
	for _, field := range strings.Fields(string(normal(q).runes)) {
		t := normal(field)
		p := part{text: t, whole: stem(fold(string(t.runes)))}
		if len(t.spans(japanese)) > 0 && len(out) < 10 {
			out = append(out, p)
		}
	}
	return out
}

// build makes the query of a way. Nothing to look for is nil.
func build(ps []part, way int, categories map[string][]string) query.Query {
	var all []query.Query
	for _, p := range ps {
		switch way {
		case exactly:
			all = append(all, p.exact(categories))
		case nearly:
			all = append(all, p.nearly(categories, len(ps) == 1))
		default:
			all = append(all, boosted(4, p.exact(categories)))
			for _, w := range p.words() {
				if w.telling() {
					all = append(all, wordQuery(w))
				}
			}
		}
	}
	switch {
	case len(all) == 0:
		return nil
	case way == loosely:
		return either(all...)
	}
	return bleve.NewConjunctionQuery(all...)
}

// exact finds a part as it was typed: by its words, by the characters in a row, by its reading, by what means the same.
func (p part) exact(categories map[string][]string) query.Query {
	ways := []query.Query{boosted(4, term(fTitle, p.whole)), boosted(2, p.allWords()), boosted(2, term(fReading, p.whole))}
	if grams := p.grams(); len(grams) > 0 {
		ways = append(ways, boosted(1.5, allTerms(fGrams, grams)))
	}
	if read, ok := wholly(p.whole); ok {
		ways = append(ways, part{normal(read), read}.read())
	}
	for _, same := range synonyms[p.whole] {
		ways = append(ways, boosted(0.5, part{normal(same), same}.meant()))
	}
	for _, id := range categories[p.whole] {
		ways = append(ways, boosted(0.3, term(fCategory, id)))
	}
	return either(ways...)
}

// meant finds what means the same as was typed.
func (p part) meant() query.Query {
	ways := []query.Query{term(fTitle, p.whole), p.titleWords()}
	if grams := p.grams(); len(grams) > 0 {
		ways = append(ways, allTerms(fGrams, grams))
	}
	return either(ways...)
}

// read finds kana that were typed in Latin letters.
func (p part) read() query.Query {
	return either(boosted(2, term(fTitle, p.whole)), boosted(1.5, term(fReading, stem(p.whole))), boosted(1.2, p.meant()))
}

// nearly finds a part as it was typed or but for one letter. What was typed alone is known to stand nowhere.
func (p part) nearly(categories map[string][]string, alone bool) query.Query {
	if alone {
		return p.near()
	}
	return either(p.exact(categories), p.near())
}

// near finds a part that differs in one letter, by which pairs of characters are left of it or by all words that are that
// near.
func (p part) near() query.Query {
	ways := []query.Query{}
	if n := len([]rune(p.whole)); n >= 4 || n == 3 && !isLatin(p.whole) {
		ways = append(ways, boosted(2, fuzzy(fTitle, p.whole)))
		if !isLatin(p.whole) { // readings are kana
			ways = append(ways, boosted(1.5, fuzzy(fReading, p.whole)))
		}
	}
	if n := len(p.grams()); n >= 3 {
		var grams []query.Query
		for _, g := range p.grams() {
			grams = append(grams, term(fGrams, g))
		}
		most := either(grams...)
		most.SetMin(float64(max(n-2, (n+1)/2)))
		ways = append(ways, most)
	}
	if words := p.words(); len(words) > 1 {
		var all []query.Query
		for _, w := range words {
			one := []query.Query{wordQuery(w)}
			if len([]rune(w.term)) >= 4 {
				one = append(one, fuzzy(fTitle, w.term))
			}
			all = append(all, either(one...))
		}
		ways = append(ways, bleve.NewConjunctionQuery(all...))
	}
	if len(ways) == 0 {
		return bleve.NewMatchNoneQuery()
	}
	return either(ways...)
}

// allWords finds products that have every word of the part somewhere.
func (p part) allWords() query.Query {
	var all []query.Query
	for _, w := range p.words() {
		all = append(all, wordQuery(w))
	}
	if len(all) == 0 {
		return bleve.NewMatchNoneQuery()
	}
	return bleve.NewConjunctionQuery(all...)
}

func (p part) titleWords() query.Query {
	var terms []string
	for _, w := range p.words() {
		terms = append(terms, w.term)
	}
	if len(terms) == 0 {
		return bleve.NewMatchNoneQuery()
	}
	return allTerms(fTitle, terms)
}

func wordQuery(w word) query.Query {
	return either(boosted(2, term(fTitle, w.term)), boosted(0.5, term(fBody, w.term)))
}

func term(field, t string) query.Query {
	q := bleve.NewTermQuery(t)
	q.SetField(field)
	return q
}

func fuzzy(field, t string) query.Query {
	q := bleve.NewFuzzyQuery(t)
	q.SetField(field)
	q.SetFuzziness(1)
	return q
}

func allTerms(field string, terms []string) query.Query {
	var all []query.Query
	for _, t := range terms {
		all = append(all, term(field, t))
	}
	return bleve.NewConjunctionQuery(all...)
}

func either(qs ...query.Query) *query.DisjunctionQuery {
	d := bleve.NewDisjunctionQuery(qs...)
	d.SetMin(1)
	return d
}

func boosted(by float64, q query.Query) query.Query {
	if b, ok := q.(query.BoostableQuery); ok {
		b.SetBoost(by)
	}
	return q
}
