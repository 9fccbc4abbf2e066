// Package money does arithmetic on amounts: whole numbers of a currency's smallest unit, every step checked.
//
// An amount never passes through a float, never overflows silently, and never mixes currencies. Prices include
// consumption tax; Spread divides an amount over lines so that nothing is lost, TaxContained tells the tax in a gross
// amount. Contracts carry money as issho.type.v1.Money; each service's wire.go converts.
package money

import (
	"errors"
	"fmt"
	"math"
)

// What arithmetic is refused with.
var (
	ErrCurrency = errors.New("amounts of different currencies")
	ErrOverflow = errors.New("amount out of range")
)

// Money is an amount in minor units of an ISO 4217 currency; yen have none below the yen.
type Money struct {
	Amount   int64
	Currency string
}

// Yen is the currency of the shop.
const Yen = "JPY"

// JPY is an amount of yen.
func JPY(n int64) Money { return Money{n, Yen} }

// String is the amount for logs and messages to developers: "1980 JPY".
func (m Money) String() string { return fmt.Sprintf("%d %s", m.Amount, m.Currency) }

// Add answers m + o.
func (m Money) Add(o Money) (Money, error) {
	if m.Currency != o.Currency {
		return Money{}, fmt.Errorf("%v and %v: %w", m, o, ErrCurrency)
	}
	sum := m.Amount + o.Amount
	if (o.Amount > 0 && sum < m.Amount) || (o.Amount < 0 && sum > m.Amount) {
		return Money{}, fmt.Errorf("%v + %v: %w", m, o, ErrOverflow)
	}
	return Money{sum, m.Currency}, nil
}

// Sub answers m - o.
func (m Money) Sub(o Money) (Money, error) {
	if o.Amount == math.MinInt64 {
		return Money{}, fmt.Errorf("%v - %v: %w", m, o, ErrOverflow)
	}
	return m.Add(Money{-o.Amount, o.Currency})
}

// Mul answers m taken n times.
func (m Money) Mul(n int64) (Money, error) {
	product := m.Amount * n
	wraps := m.Amount == math.MinInt64 && n == -1
	if wraps || (m.Amount != 0 && n != 0 && product/n != m.Amount) {
		return Money{}, fmt.Errorf("%v × %d: %w", m, n, ErrOverflow)
	}
	return Money{product, m.Currency}, nil
}

// TaxContained is the tax within a gross amount (≥ 0) at a rate in percent, rounded down.
func TaxContained(gross, ratePercent int64) int64 {
	// Quotient and remainder apart, so that gross × rate cannot overflow.
	d := 100 + ratePercent
	return gross/d*ratePercent + gross%d*ratePercent/d
}
