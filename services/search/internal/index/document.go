// Package index is the copy of the live products in which customers search: a Bleve index, on files of its own, of documents
// that are wholly derived from what catalog shows.
//
// Text is analysed here, not by Bleve, alike for documents and queries: NFKC, kana folded, words and readings of the ipa
// dictionary, pairs of characters for parts of words. The index also holds how far its reader has come in catalog's feed,
// written with the documents, so that a copy of its files is a place to go on from.
package index

import (
	"encoding/json"
	"math"
	"slices"
	"time"
)

// Document is what is known of a live product.
type Document struct {
	ID          string   `json:"id"`
	MerchantID  string   `json:"merchant"`
	JA          string   `json:"ja"` // title
	EN          string   `json:"en,omitempty"`
	BodyJA      string   `json:"body_ja,omitempty"` // description, attributes, options
	BodyEN      string   `json:"body_en,omitempty"`
	CategoryIDs []string `json:"categories"` // most specific first
	Solo        []Solo   `json:"solo"`       // what one who buys alone pays, by variant
	Offers      []Offer  `json:"offers,omitempty"`
	InStock     bool     `json:"in_stock"`
	Updated     int64    `json:"updated"` // the product, in microseconds
	Version     int64    `json:"version"` // of the product
	Read        int64    `json:"read"`    // when catalog read it, in microseconds by the database's clock
}

// Solo is what a variant costs one who buys alone.
type Solo struct {
	Price int64  `json:"price"` // in yen, while no other holds
	Spans []Span `json:"spans,omitempty"`
}

// Span is another price for a time. Of one kind no two cross.
type Span struct {
	Price int64 `json:"price"` // in yen
	Begin int64 `json:"begin"` // in seconds
	End   int64 `json:"end"`
	Deal  bool  `json:"deal,omitempty"` // of a daily deal: counts where it is lower
}

// at is the price that holds at a second, and the next second at which it may be another.
func (s Solo) at(second int64) (price, until int64) {
	price, until = s.Price, math.MaxInt64
	deal := int64(math.MaxInt64)
	for _, w := range s.Spans {
		switch {
		case second < w.Begin:
			until = min(until, w.Begin)
		case second >= w.End:
		case w.Deal:
			deal, until = w.Price, min(until, w.End)
		default:
			price, until = w.Price, min(until, w.End)
		}
	}
	return min(price, deal), until
}

// Offer is a campaign on the product.
type Offer struct {
	CampaignID string `json:"campaign"`
	Begin      int64  `json:"begin"` // in seconds
	End        int64  `json:"end"`
	Price      int64  `json:"price"`   // the lowest, in yen
	OpenGroups int64  `json:"open"`    // groups that still take members
	Members    int64  `json:"members"` // how many have joined lately
}

// Present is what the clock makes of a document: offers and prices begin and end without anybody saying so.
type Present struct {
	Price      int64  // the lowest for one who buys alone, in yen
	Open       bool   // a group may be started
	GroupPrice int64  // the lowest of the offers that are on
	CampaignID string // of that price
	OpenGroups int64
	Members    int64
	Lowest     int64 // alone or in a group
	until      int64 // when this is to be looked at again, in seconds; never: math.MaxInt64
}

// At is the document's present.
func (d Document) At(now time.Time) Present {
	p, second := Present{until: math.MaxInt64}, now.Unix()
	for i, s := range d.Solo {
		price, until := s.at(second)
		if p.until = min(p.until, until); i == 0 || price < p.Price {
			p.Price = price
		}
	}
	p.Lowest = p.Price
	for _, o := range d.Offers {
		switch {
		case second < o.Begin:
			p.until = min(p.until, o.Begin)
			continue
		case second >= o.End:
			continue
		}
		p.until = min(p.until, o.End)
		p.OpenGroups += o.OpenGroups
		p.Members += o.Members
		if !p.Open || o.Price < p.GroupPrice {
			p.GroupPrice, p.CampaignID = o.Price, o.CampaignID
		}
		p.Open, p.Lowest = true, min(p.Lowest, o.Price)
	}
	return p
}

// weight is by how much a document that fits as well as another goes before it: busy groups lift it, being sold out
// lowers it. 0.7 to about 1.5.
func (d Document) weight(p Present) float64 {
	w := 1 + 0.05*math.Log2(1+float64(p.Members))
	if !d.InStock {
		w *= 0.7
	}
	return w
}

// Equal tells whether two documents say the same at now, whenever they were read, as far as catalog tells of changes: not of a
// campaign that is over, nor of each member of a group, which may have become twice as many unsaid, or half.
func (d Document) Equal(o Document, now time.Time) bool {
	d.Read, o.Read = 0, 0
	d.Offers, o.Offers = unended(d.Offers, now), unended(o.Offers, now)
	for i := range min(len(d.Offers), len(o.Offers)) {
		if a, b := d.Offers[i].Members, o.Offers[i].Members; a <= 2*b && b <= 2*a {
			o.Offers[i].Members = a
		}
	}
	return string(d.encode()) == string(o.encode())
}

// unended is a copy.
func unended(offers []Offer, now time.Time) []Offer {
	return slices.DeleteFunc(slices.Clone(offers), func(o Offer) bool { return o.End <= now.Unix() })
}

func (d Document) encode() []byte {
	b, err := json.Marshal(d)
	if err != nil {
		panic(err) // unreachable: plain fields
	}
	return b
}
