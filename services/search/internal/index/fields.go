package index

import (
	"strings"

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
	fKeys     = "keys" // for suggestions
	fDocument = "doc"  // stored
)

// fields turns a document into what Bleve keeps of it: what it is found by, and the document. What the clock changes is no
// part of that.
func (d Document) fields() *document.Document {
	out := document.NewDocument(d.ID)
	ja, en := normal(d.JA), normal(d.EN)
	out.AddField(termsField(fTitle, append(ja.terms(), en.terms()...)))
	out.AddField(termsField(fReading, ja.readings()))
	out.AddField(termsField(fGrams, ja.grams()))
	out.AddField(termsField(fBody, append(normal(d.BodyJA).terms(), normal(d.BodyEN).terms()...)))
	out.AddField(termsField(fKeys, append(ja.keys(), en.keys()...)))
	out.AddField(termsField(fCategory, d.CategoryIDs))
	out.AddField(document.NewTextFieldCustom(fDocument, nil, d.encode(), bleve.StoreField, nil))
	return out
}

func termsField(name string, terms []string) document.Field {
	return document.NewTextFieldCustom(name, nil, []byte(strings.Join(terms, "\n")), bleve.IndexField, lines{})
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
