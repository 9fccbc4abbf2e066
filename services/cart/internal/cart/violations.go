package cart

import (
	"fmt"

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
	skus, orders := map[string]bool{}, map[string]bool{}
	for _, l := range c.Lines {
		if l.Quantity < 1 || l.Quantity > MaxUnits {
			say("%d units of %s", l.Quantity, l.SKU)
		}
		if skus[l.SKU] {
			say("two lines of %s", l.SKU)
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
