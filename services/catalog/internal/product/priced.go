package product

import "github.com/issho-shop/issho/internal/money"

// Priced is a variant as checkout needs it, stored in variants/{sku}.
type Priced struct {
	SKU            string            `firestore:"sku"`
	ProductID      string            `firestore:"product_id"`
	MerchantID     string            `firestore:"merchant_id"`
	Title          map[string]string `firestore:"title"` // the product's
	Options        map[string]string `firestore:"options"`
	Price          money.Money       `firestore:"price"`
	Windows        []Window          `firestore:"windows"`
	TaxPercent     int32             `firestore:"tax_percent"`
	ProductVersion int64             `firestore:"product_version"` // of the product that last wrote it
	Live           bool              `firestore:"live"`            // its product is live and still has it
}

// Priced answers what variants/ must say of p: one document for each variant, and for each that left with the version
// after old, which is zero for a new product.
func (p Product) Priced(old Product) []Priced {
	var out []Priced
	kept := map[string]bool{}
	for _, v := range p.Variants {
		kept[v.SKU] = true
		out = append(out, p.priced(v, p.State == Live))
	}
	for _, v := range old.Variants {
		if !kept[v.SKU] {
			out = append(out, p.priced(v, false))
		}
	}
	return out
}

func (p Product) priced(v Variant, live bool) Priced {
	return Priced{
		SKU: v.SKU, ProductID: p.ID, MerchantID: p.MerchantID, Title: p.Title, Options: v.Options,
		Price: v.Price, Windows: v.Windows, TaxPercent: v.TaxPercent, ProductVersion: p.Version, Live: live,
	}
}
