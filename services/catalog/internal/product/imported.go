package product

import (
	"maps"
	"slices"
	"strings"

	"github.com/issho-shop/issho/internal/id"
)

// ImportID is the product that imports know by a merchant's code. Its own id means a product that no import brought; any
// other code derives an id that no other merchant's code does.
func ImportID(merchantID, code string) string {
	if IsID(code) {
		return code
	}
	return id.Derive("prd", "import", merchantID, code)
}

// IsID tells whether a code is a product's id.
func IsID(code string) bool { return strings.HasPrefix(code, "prd_") && len(code) == len("prd_")+26 }

// Import makes p, which a file describes, the next version of what its code means: old, zero for a new one. Variants are
// known by their codes.
func (p *Product) Import(old Product, keepWindows bool) {
	p.ID, p.Version, p.Stored = ImportID(p.MerchantID, p.Code), old.Version+1, old.Stored
	p.Media = old.Media
	if IsID(p.Code) {
		p.Code = old.Code
	}
	for i, v := range p.Variants {
		had := Variant{SKU: id.Derive("sku", p.ID, v.MerchantCode), MerchantCode: v.MerchantCode}
		known := func(o Variant) bool { return o.MerchantCode == v.MerchantCode || o.SKU == v.MerchantCode }
		if at := slices.IndexFunc(old.Variants, known); at >= 0 {
			had = old.Variants[at]
		}
		p.Variants[i].SKU, p.Variants[i].MerchantCode = had.SKU, had.MerchantCode
		if keepWindows {
			p.Variants[i].Windows = had.Windows
			continue
		}
		p.Variants[i].Windows = keepDeals(v.Windows, had.Windows, p.UpdatedAt)
	}
}

// Same tells whether p says nothing else than old.
func (p Product) Same(old Product) bool {
	return p.Code == old.Code && p.State == old.State && maps.Equal(p.Title, old.Title) && maps.Equal(p.Description, old.Description) &&
		maps.Equal(p.Attributes, old.Attributes) && slices.Equal(p.CategoryIDs, old.CategoryIDs) &&
		slices.EqualFunc(p.Variants, old.Variants, func(a, b Variant) bool {
			return a.SKU == b.SKU && a.Price == b.Price && a.TaxPercent == b.TaxPercent && a.MerchantCode == b.MerchantCode &&
				maps.Equal(a.Options, b.Options) && slices.EqualFunc(a.Windows, b.Windows, Window.Same)
		})
}
