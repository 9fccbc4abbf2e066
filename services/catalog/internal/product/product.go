// Package product holds what a merchant sells: products in variants, each variant a SKU with its price.
//
// A product is one document; each of its variants has one more, a copy of what checkout needs, written in the same
// commit, so that prices of a whole cart are one read by SKU. A variant that leaves its product keeps that document,
// marked as not live: orders and campaigns never point at nothing.
package product

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/money"
)

// The states of a product.
const (
	Draft = "DRAFT" // seen by its merchant and operators
	Live  = "LIVE"  // seen by everybody
	Ended = "ENDED" // out of the shop for good
)

// Product is a product as stored in products/{id}.
type Product struct {
	ID          string            `firestore:"product_id"`
	MerchantID  string            `firestore:"merchant_id"`
	Title       map[string]string `firestore:"title"` // by language: ja always, en where there is one
	Description map[string]string `firestore:"description"`
	CategoryIDs []string          `firestore:"category_ids"` // most specific first
	Variants    []Variant         `firestore:"variants"`     // in the order shown
	Attributes  map[string]string `firestore:"attributes"`
	Code        string            `firestore:"merchant_code"` // the merchant's own, of one that was imported
	Media       []Media           `firestore:"media"`         // in the order shown
	State       string            `firestore:"state"`
	Version     int64             `firestore:"version"` // 1 when new
	UpdatedAt   time.Time         `firestore:"updated_at"`

	// Stored is when the document read was last written: the precondition of replacing it.
	Stored time.Time `firestore:"-"`
}

// Variant is one thing that can be put into a parcel.
type Variant struct {
	SKU          string            `firestore:"sku"`
	Options      map[string]string `firestore:"options"`
	Price        money.Money       `firestore:"price"` // for one who buys alone, tax included
	TaxPercent   int32             `firestore:"tax_percent"`
	MerchantCode string            `firestore:"merchant_code"`
	Windows      []Window          `firestore:"windows"`
}

// Media is a picture of a product, by its name in the shop's own bucket.
type Media struct {
	ID          string            `firestore:"media_id"`
	ContentType string            `firestore:"content_type"`
	Alt         map[string]string `firestore:"alt"` // by language: what it shows
}

// MediaIDs are those of its pictures.
func (p Product) MediaIDs() []string {
	var ids []string
	for _, m := range p.Media {
		ids = append(ids, m.ID)
	}
	return ids
}

// Check refuses a product that may not be sold: FIELD_INVALID.
func (p Product) Check() error {
	if n := len(p.MerchantID); n == 0 || n > 64 {
		return fault.Field("product.merchant_id", "name the merchant, in up to 64 characters")
	}
	if err := checkNames(p.Attributes, "product.attributes"); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, v := range p.Variants {
		path := fmt.Sprintf("product.variants[%d]", i)
		if v.Price.Currency != "JPY" {
			return fault.Field(path+".price.currency", "must be JPY")
		}
		if v.Price.Amount < 1 {
			return fault.Field(path+".price.amount", "must be at least 1 yen")
		}
		if seen[v.SKU] {
			return fault.Field(path+".sku", "stands twice")
		}
		seen[v.SKU] = true
		if err := checkNames(v.Options, path+".options"); err != nil {
			return err
		}
		if err := checkWindows(v.Windows, path+".price_windows"); err != nil {
			return err
		}
	}
	return p.checkOptions()
}

// checkOptions refuses variants that a customer could not choose between: each must say the same things of itself, and no
// two the same.
func (p Product) checkOptions() error {
	for i, v := range p.Variants {
		path := fmt.Sprintf("product.variants[%d].options", i)
		if !slices.Equal(names(v.Options), names(p.Variants[0].Options)) {
			return fault.Field(path, "must have the same names in all variants")
		}
		if slices.ContainsFunc(p.Variants[:i], func(o Variant) bool { return maps.Equal(o.Options, v.Options) }) {
			return fault.Field(path, "another variant has the same")
		}
	}
	return nil
}

// checkNames refuses the names that the store keeps for itself.
func checkNames(pairs map[string]string, path string) error {
	for name := range pairs {
		if strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__") {
			return fault.Field(path, "no name may begin and end with two underscores")
		}
	}
	return nil
}

func names(options map[string]string) []string { return slices.Sorted(maps.Keys(options)) }

// Name gives the variants that are new a SKU each, from give. They must come without one: SKUs are the shop's.
func (p *Product) Name(give func(i int) string) error {
	for i := range p.Variants {
		if p.Variants[i].SKU != "" {
			return fault.Field(fmt.Sprintf("product.variants[%d].sku", i), "leave it empty: the shop gives it")
		}
		p.Variants[i].SKU = give(i)
		p.Variants[i].Windows = keepDeals(p.Variants[i].Windows, nil, p.UpdatedAt)
	}
	return nil
}

// Follow makes p the next version of old: what may not change stays, and new variants get a SKU from give.
func (p *Product) Follow(old Product, give func() string) error {
	if old.State == Ended && p.State != Ended {
		return fault.Field("product.state", "what is ended stays ended")
	}
	had := old.SKUs()
	for i, v := range p.Variants {
		if v.SKU != "" && !slices.Contains(had, v.SKU) {
			return fault.Field(fmt.Sprintf("product.variants[%d].sku", i), "is none of this product's; leave it empty for a new one")
		}
		if v.SKU == "" {
			p.Variants[i].SKU = give()
		}
		p.Variants[i].Windows = keepDeals(v.Windows, old.windows(v.SKU), p.UpdatedAt)
	}
	p.ID, p.MerchantID, p.Code, p.Stored = old.ID, old.MerchantID, old.Code, old.Stored
	p.Version = old.Version + 1
	return nil
}

// Again is the next version of p, to be changed.
func (p Product) Again(now time.Time) Product {
	p.Variants = slices.Clone(p.Variants)
	p.Version, p.UpdatedAt = p.Version+1, now
	return p
}

func (p Product) windows(sku string) []Window {
	for _, v := range p.Variants {
		if v.SKU == sku {
			return v.Windows
		}
	}
	return nil
}

// Etag stands for the version that a change builds on.
func (p Product) Etag() string { return strconv.FormatInt(p.Version, 10) }

// SKUs are those of all its variants.
func (p Product) SKUs() []string {
	var skus []string
	for _, v := range p.Variants {
		skus = append(skus, v.SKU)
	}
	return skus
}

// SeenBy tells whether a caller may see the product: anybody a live one, its merchant and operators any.
func (p Product) SeenBy(merchantID string, operator bool) bool {
	return p.State == Live || p.OwnedBy(merchantID, operator)
}

// OwnedBy tells whether a caller may change the product.
func (p Product) OwnedBy(merchantID string, operator bool) bool {
	return operator || merchantID != "" && merchantID == p.MerchantID
}
