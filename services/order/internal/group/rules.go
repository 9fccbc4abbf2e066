package group

import "time"

// Rules is what a group goes by: its campaign's, copied when it started. Later edits of the campaign do not touch it.
type Rules struct {
	TitleJA             string
	TitleEN             string
	MinSize             int64
	MaxSize             int64
	Tiers               []Tier // by rising size, the first at MinSize
	Window              time.Duration
	MaxUnitsPerOrder    int64
	MaxUnitsPerCustomer int64
	Currency            string
	Variants            []Variant
}

// Tier is the unit price from a size on.
type Tier struct {
	Size      int64
	UnitPrice int64 // minor units
}

// Variant is a SKU on offer, with what an order line copies of it.
type Variant struct {
	SKU        string
	ProductID  string
	MerchantID string
	TitleJA    string
	TitleEN    string
	Options    map[string]string
	TaxPercent int64
	SoloPrice  int64 // minor units, for one who buys alone
}

// UnitPrice is the price of a unit in a group of the given size: the lowest tier reached, never above the first.
func (r Rules) UnitPrice(size int64) int64 {
	price := r.Tiers[0].UnitPrice
	for _, t := range r.Tiers {
		if size >= t.Size {
			price = t.UnitPrice
		}
	}
	return price
}

// Ceiling is the highest price that a member can be asked for, which is authorised.
func (r Rules) Ceiling() int64 { return r.Tiers[0].UnitPrice }

// Floor is the lowest.
func (r Rules) Floor() int64 { return r.Tiers[len(r.Tiers)-1].UnitPrice }

// Variant finds a SKU on offer.
func (r Rules) Variant(sku string) (Variant, bool) {
	for _, v := range r.Variants {
		if v.SKU == sku {
			return v, true
		}
	}
	return Variant{}, false
}
