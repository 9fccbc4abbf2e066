package money

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestArithmetic(t *testing.T) {
	t.Parallel()
	usd := Money{1, "USD"}
	cases := map[string]struct {
		do   func() (Money, error)
		want int64
		err  error
	}{
		"add":                {func() (Money, error) { return JPY(1980).Add(JPY(20)) }, 2000, nil},
		"add another":        {func() (Money, error) { return JPY(1).Add(usd) }, 0, ErrCurrency},
		"add too much":       {func() (Money, error) { return JPY(math.MaxInt64).Add(JPY(1)) }, 0, ErrOverflow},
		"add too little":     {func() (Money, error) { return JPY(math.MinInt64).Add(JPY(-1)) }, 0, ErrOverflow},
		"subtract":           {func() (Money, error) { return JPY(100).Sub(JPY(250)) }, -150, nil},
		"subtract another":   {func() (Money, error) { return usd.Sub(JPY(1)) }, 0, ErrCurrency},
		"subtract the least": {func() (Money, error) { return JPY(-1).Sub(JPY(math.MinInt64)) }, 0, ErrOverflow},
		"multiply":           {func() (Money, error) { return JPY(980).Mul(3) }, 2940, nil},
		"multiply by none":   {func() (Money, error) { return JPY(math.MaxInt64).Mul(0) }, 0, nil},
		"multiply too much":  {func() (Money, error) { return JPY(math.MaxInt64 / 2).Mul(3) }, 0, ErrOverflow},
		"negate the least":   {func() (Money, error) { return JPY(math.MinInt64).Mul(-1) }, 0, ErrOverflow},
		"the least from one": {func() (Money, error) { return JPY(-1).Mul(math.MinInt64) }, 0, ErrOverflow},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := c.do()
			if !errors.Is(err, c.err) || got.Amount != c.want {
				t.Errorf("got %v, %v; want %d, %v", got, err, c.want, c.err)
			}
		})
	}
}

func TestArithmeticIsExactOrRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		exact := map[string]*big.Int{
			"+": new(big.Int).Add(big.NewInt(a), big.NewInt(b)),
			"-": new(big.Int).Sub(big.NewInt(a), big.NewInt(b)),
			"×": new(big.Int).Mul(big.NewInt(a), big.NewInt(b)),
		}
		sum, errSum := JPY(a).Add(JPY(b))
		difference, errDifference := JPY(a).Sub(JPY(b))
		product, errProduct := JPY(a).Mul(b)
		held := func(name string, got Money, err error) {
			if err == nil && big.NewInt(got.Amount).Cmp(exact[name]) != 0 {
				t.Fatalf("%d %s %d = %v", a, name, b, got)
			}
			// The least integer has no opposite, so subtracting it is refused also where a result exists.
			if err != nil && exact[name].IsInt64() && (name != "-" || b != math.MinInt64) {
				t.Fatalf("%d %s %d refused: %v", a, name, b, err)
			}
		}
		held("+", sum, errSum)
		held("-", difference, errDifference)
		held("×", product, errProduct)
	})
}

func TestTaxContained(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ gross, rate, want int64 }{
		{1100, 10, 100}, {1080, 8, 80}, {1980, 10, 180}, {999, 10, 90}, {99, 8, 7}, {1, 10, 0}, {0, 10, 0}, {500, 0, 0},
		{math.MaxInt64, 10, math.MaxInt64/110*10 + math.MaxInt64%110*10/110},
	} {
		if got := TaxContained(c.gross, c.rate); got != c.want {
			t.Errorf("tax in %d at %d%%: got %d, want %d", c.gross, c.rate, got, c.want)
		}
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		total   int64
		weights []int64
		want    []int64
	}{
		"even":              {90, []int64{1, 1, 1}, []int64{30, 30, 30}},
		"tie to the first":  {100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		"largest remainder": {100, []int64{980, 1980, 500}, []int64{28, 57, 15}},
		"free line":         {10, []int64{0, 5}, []int64{0, 10}},
		"no weights":        {5, []int64{0, 0}, []int64{3, 2}},
		"a refund":          {-100, []int64{1, 1, 1}, []int64{-34, -33, -33}},
		"nothing":           {0, []int64{3, 4}, []int64{0, 0}},
		"nobody":            {7, nil, []int64{}},
		"very large":        {math.MaxInt64, []int64{math.MaxInt64, math.MaxInt64}, []int64{math.MaxInt64/2 + 1, math.MaxInt64 / 2}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, Spread(c.total, c.weights)); diff != "" {
				t.Errorf("shares (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSpreadLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.Int64().Draw(t, "total")
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1<<40), 1, 20).Draw(t, "weights")
		var sum, weight int64
		for _, w := range weights {
			weight += w
		}
		for i, share := range Spread(total, weights) {
			sum += share
			if weight == 0 {
				continue
			}
			// Within one unit of the exact share: |share × weight - total × w| < weight.
			off := new(big.Int).Sub(new(big.Int).Mul(big.NewInt(share), big.NewInt(weight)), new(big.Int).Mul(big.NewInt(total), big.NewInt(weights[i])))
			if off.CmpAbs(big.NewInt(weight)) >= 0 {
				t.Fatalf("share %d of %d is %d", i, total, share)
			}
		}
		if sum != total {
			t.Fatalf("shares sum to %d, not %d", sum, total)
		}
	})
}
