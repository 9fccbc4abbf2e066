package index

import (
	"math"
	"strings"
	"time"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	bleve "github.com/blevesearch/bleve_index_api"
)

// The fields of the index.
const (
	fTitle    = "title" // terms of the titles in both languages
	fReading  = "reading"
	fGrams    = "grams"
	fBody     = "body"
	fCategory = "category"
	fMerchant = "merchant"
	fPrice    = "price" // the lowest now
	fHeat     = "heat"
	fUpdated  = "updated"
	fWeight   = "weight" // in hundredths
	fStock    = "stock"  // yes, or nothing
	fOpen     = "open"
	fUntil    = "until"
	fKeys     = "keys" // for suggestions
	fDocument = "doc"  // stored

	yes = "1"
)

// fields turns a document into what Bleve keeps of it.
func (d Document) fields(now time.Time) *document.Document {
	p := d.At(now)
	out := document.NewDocument(d.ID)
	add := func(f document.Field) { out.AddField(f) }
	ja, en := normal(d.JA), normal(d.EN)
	add(textField(fTitle, append(ja.terms(), en.terms()...)))
	add(textField(fReading, ja.readings()))
	add(textField(fGrams, ja.grams()))
	add(textField(fBody, append(normal(d.BodyJA).terms(), normal(d.BodyEN).terms()...)))
	add(textField(fKeys, append(ja.keys(), en.keys()...)))
	for i, id := range d.CategoryIDs {
		add(keyField(fCategory, uint64(i), id))
	}
	add(keyField(fMerchant, 0, d.MerchantID))
	if d.InStock {
		add(keyField(fStock, 0, yes))
	}
	if p.Open {
		add(keyField(fOpen, 0, yes))
	}
	add(numberField(fPrice, float64(p.Lowest)))
	add(numberField(fHeat, float64(p.Members)))
	add(numberField(fUpdated, float64(d.Updated)))
	add(numberField(fWeight, d.weight(p)))
	if p.until < math.MaxInt64 {
		add(numberField(fUntil, float64(p.until)))
	}
	add(document.NewTextFieldCustom(fDocument, nil, d.encode(), bleve.StoreField, nil))
	return out
}

func textField(name string, terms []string) document.Field {
	return document.NewTextFieldCustom(name, nil, []byte(strings.Join(terms, "\n")), bleve.IndexField, lines{})
}

func keyField(name string, i uint64, value string) document.Field {
	return document.NewTextFieldCustom(name, []uint64{i}, []byte(value), bleve.IndexField|bleve.DocValues, lines{})
}

func numberField(name string, value float64) document.Field {
	return document.NewNumericFieldWithIndexingOptions(name, nil, value, bleve.IndexField|bleve.DocValues)
}

// lines is the analyser of what is analysed already: a term a line.
type lines struct{}

// Analyze answers the lines as terms.
func (lines) Analyze(input []byte) analysis.TokenStream {
	var out analysis.TokenStream
	for i, term := range strings.Split(string(input), "\n") {
		if term != "" {
			out = append(out, &analysis.Token{Term: []byte(term), Position: i + 1, Start: 0, End: len(term)})
		}
	}
	return out
}
