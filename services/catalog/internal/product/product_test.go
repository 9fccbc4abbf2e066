package product

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/issho-shop/issho/internal/money"
)

// However a product changes, each SKU that it ever had keeps one document, live exactly while the product has it and is live.
func TestPriced(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		next := 0
		give := func() string { next++; return fmt.Sprint("sku", next) }
		docs := map[string]Priced{}
		var p Product
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			old := p
			p = Product{MerchantID: "m", State: rapid.SampledFrom([]string{Draft, Live}).Draw(t, "state")}
			for _, v := range old.Variants {
				if rapid.Bool().Draw(t, "keep") {
					p.Variants = append(p.Variants, v)
				}
			}
			for range rapid.IntRange(0, 3).Draw(t, "new") {
				p.Variants = append(p.Variants, Variant{Price: money.JPY(rapid.Int64Range(1, 1000).Draw(t, "price"))})
			}
			if err := p.Follow(old, give); err != nil {
				t.Fatal(err)
			}
			for _, doc := range p.Priced(old) {
				docs[doc.SKU] = doc
			}
		}
		if len(docs) != next {
			t.Fatalf("%d documents for %d SKUs", len(docs), next)
		}
		for sku, doc := range docs {
			if want := p.State == Live && slices.Contains(p.SKUs(), sku); doc.Live != want {
				t.Fatalf("%s is live: %v, want %v", sku, doc.Live, want)
			}
		}
	})
}
