package cart

import (
	"fmt"
	"slices"

	"github.com/issho-shop/issho/internal/firedb"
)

// Violations names what is wrong with a stored cart (invariant I16), each in one line; the document's id is ref.
func (c *Cart) Violations(ref string) []string {
	var found []string
	say := func(format string, args ...any) { found = append(found, ref+": "+fmt.Sprintf(format, args...)) }
	if firedb.Key(c.Owner) != ref {
		say("belongs to another owner than its id says")
	}
	if len(c.Lines) > MaxLines {
		say("%d lines", len(c.Lines))
	}
	if len(c.Saved) > MaxSaved {
		say("%d saved", len(c.Saved))
	}
	if c.Claim != nil && (c.Claim.Account == c.Owner || c.Claim.Version > c.Version) {
		say("claimed by itself, or in a later version")
	}
	skus, orders := map[string]bool{}, map[string]bool{}
	for _, l := range slices.Concat(c.Lines, c.Saved) {
		if l.Quantity < 1 || l.Quantity > MaxUnits {
			say("%d units of %s", l.Quantity, l.SKU)
		}
		if skus[l.SKU] {
			say("%s twice", l.SKU)
		}
		skus[l.SKU] = true
	}
	for _, o := range c.Bought {
		if orders[o] {
			say("lines of %s left twice", o)
		}
		orders[o] = true
	}
	return found
}
