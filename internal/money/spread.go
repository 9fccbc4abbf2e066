package money

import (
	"cmp"
	"math/bits"
	"slices"
)

// Spread divides total over the weights (each ≥ 0, as prices are) in proportion. The shares sum to total exactly: what
// rounding down leaves goes out one by one, largest remainder first, the earlier share on a tie. Without any weight the
// shares are even. A negative total is spread as its opposite.
func Spread(total int64, weights []int64) []int64 {
	shares := make([]int64, len(weights))
	if len(weights) == 0 || total == 0 {
		return shares
	}
	sign, amount := int64(1), uint64(total)
	if total < 0 {
		sign, amount = -1, -uint64(total)
	}
	rest, remainders := amount, make([]uint64, len(weights))
	weights, sum := weighed(weights)
	for i, w := range weights {
		hi, lo := bits.Mul64(amount, uint64(w))
		share, remainder := bits.Div64(hi, lo, sum)
		shares[i], remainders[i] = sign*int64(share), remainder
		rest -= share
	}
	for _, i := range byRemainder(remainders)[:rest] {
		shares[i] += sign
	}
	return shares
}

// weighed answers the weights and their sum, even weights where all are nought.
func weighed(weights []int64) ([]int64, uint64) {
	var sum uint64
	for _, w := range weights {
		sum += uint64(w)
	}
	if sum > 0 {
		return weights, sum
	}
	return slices.Repeat([]int64{1}, len(weights)), uint64(len(weights))
}

func byRemainder(remainders []uint64) []int {
	order := make([]int, len(remainders))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(remainders[b], remainders[a]) })
	return order
}
