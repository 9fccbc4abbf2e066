package cart

// Kind is what has changed about a line.
type Kind string

// The kinds of differences, spelt as in the contract.
const (
	PriceRaised  Kind = "PRICE_RAISED"
	PriceLowered Kind = "PRICE_LOWERED"
	NotForSale   Kind = "NOT_FOR_SALE"
	SoldOut      Kind = "SOLD_OUT"
	FewerLeft    Kind = "FEWER_LEFT"
)

// Live is what a SKU is now: its price, and how many units can be bought.
type Live struct {
	Price     int64
	Currency  string
	Available int64 // UnknownStock when nobody could be asked
}

// UnknownStock says nothing about the stock.
const UnknownStock = -1

// Difference is one thing that has changed about a line since it was put in.
type Difference struct {
	Line Line // as it is in the cart
	Kind Kind
	Live Live
}

// Differences holds the lines against what is live; a SKU that is not there is not for sale.
func (c *Cart) Differences(live map[string]Live) []Difference {
	var found []Difference
	for _, l := range c.Lines {
		now, ok := live[l.SKU]
		if !ok {
			found = append(found, Difference{l, NotForSale, now})
			continue
		}
		if kind := priceChange(l, now); kind != "" {
			found = append(found, Difference{l, kind, now})
		}
		if kind := shortage(l, now); kind != "" {
			found = append(found, Difference{l, kind, now})
		}
	}
	return found
}

func priceChange(l Line, now Live) Kind {
	switch {
	case now.Price > l.Price:
		return PriceRaised
	case now.Price < l.Price || now.Currency != l.Currency:
		return PriceLowered
	}
	return ""
}

func shortage(l Line, now Live) Kind {
	switch {
	case now.Available == UnknownStock || now.Available >= l.Quantity:
		return ""
	case now.Available <= 0:
		return SoldOut
	}
	return FewerLeft
}

// Accept takes differences on: today's prices, the quantities that are left; what cannot be bought is saved for later, or
// dropped when there is no room. It tells whether anything changed.
func (c *Cart) Accept(found []Difference) bool {
	for _, d := range found {
		i := find(c.Lines, d.Line.SKU)
		if i < 0 {
			continue // saved for later by an earlier difference
		}
		switch d.Kind {
		case PriceRaised, PriceLowered:
			c.Lines[i].Price, c.Lines[i].Currency = d.Live.Price, d.Live.Currency
		case FewerLeft:
			c.Lines[i].Quantity = d.Live.Available
		case NotForSale, SoldOut:
			l := c.Lines[i]
			c.Lines = without(c.Lines, l.SKU)
			c.addSaved(l)
		}
	}
	if len(found) > 0 {
		c.Version++
	}
	return len(found) > 0
}
