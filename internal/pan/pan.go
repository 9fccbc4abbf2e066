// Package pan finds card numbers (primary account numbers) in texts, so that none comes to rest in a service: only the
// payment provider may hold them. It knows how long the numbers of each issuer are, since what merely looks like one is a
// customer's tracking number or a merchant's JAN code, and those have to pass.
package pan

import (
	"slices"
	"strings"
	"unicode"
)

// In tells whether a text holds a card number: 14 to 19 digits of a known issuer whose check digit is right, written together
// or with spaces, hyphens, dots or invisible signs in between, in ASCII or full width.
func In(text string) bool {
	var r run
	for _, c := range text {
		d, isDigit, isBetween := classify(c)
		if isDigit {
			r.add(d)
			continue
		}
		if isBetween && r.pause() {
			continue
		}
		if r.holds() {
			return true
		}
		r = run{}
	}
	return r.holds()
}

// run is a stretch of digits with few separators in between.
type run struct {
	digits []byte
	starts []int // where a group of digits begins
	pauses int   // separators since the last digit
}

// maxPause is how many separators may stand between two digits of one number.
const maxPause = 3

func (r *run) add(d byte) {
	if len(r.digits) == 0 || r.pauses > 0 {
		r.starts = append(r.starts, len(r.digits))
	}
	r.digits, r.pauses = append(r.digits, d), 0
}

// pause tells whether the run may go on.
func (r *run) pause() bool {
	r.pauses++
	return r.pauses <= maxPause
}

// classify tells digits and what may stand between them from everything else. The long vowel mark is typed as a hyphen.
func classify(c rune) (d byte, isDigit, isBetween bool) {
	switch {
	case c >= '0' && c <= '9':
		return byte(c - '0'), true, false
	case c >= '０' && c <= '９':
		return byte(c - '０'), true, false
	case unicode.In(c, unicode.Pd, unicode.Cf), unicode.IsSpace(c), strings.ContainsRune("._−ー・ｰ･．＿", c):
		return 0, false, true
	}
	return 0, false, false
}

// holds tells whether some whole groups of the run, side by side, are a card number.
func (r *run) holds() bool {
	if len(r.digits) < shortest {
		return false
	}
	ends := append(slices.Clone(r.starts[1:]), len(r.digits))
	for i, from := range r.starts {
		for _, to := range ends[i:] {
			if n := to - from; n > longest {
				break
			} else if n >= shortest && issued(r.digits[from:to]) && luhn(r.digits[from:to]) {
				return true
			}
		}
	}
	return false
}

const (
	shortest = 14
	longest  = 19
)

// issuer is a range of first digits and the lengths of its numbers.
type issuer struct {
	first, last int // of the leading digits, as many as both have
	min, max    int
}

// issuers are the ranges in use. Numbers of 13 digits are left out: JAN codes are such.
var issuers = []issuer{
	{4, 4, 16, 19},       // Visa
	{51, 55, 16, 16},     // Mastercard
	{2221, 2720, 16, 16}, // Mastercard
	{34, 34, 15, 15},     // American Express
	{37, 37, 15, 15},     // American Express
	{3528, 3589, 16, 19}, // JCB
	{300, 305, 14, 19},   // Diners Club
	{3095, 3095, 14, 19}, // Diners Club
	{36, 36, 14, 19},     // Diners Club
	{38, 39, 14, 19},     // Diners Club
	{6011, 6011, 16, 19}, // Discover
	{644, 649, 16, 19},   // Discover
	{65, 65, 16, 19},     // Discover
	{62, 62, 16, 19},     // UnionPay
	{81, 81, 16, 19},     // UnionPay
	{5018, 5018, 14, 19}, // Maestro
	{5020, 5020, 14, 19}, // Maestro
	{5038, 5038, 14, 19}, // Maestro
	{5893, 5893, 14, 19}, // Maestro
	{6304, 6304, 14, 19}, // Maestro
	{6759, 6759, 14, 19}, // Maestro
	{6761, 6763, 14, 19}, // Maestro
}

func issued(digits []byte) bool {
	for _, i := range issuers {
		if len(digits) < i.min || len(digits) > i.max {
			continue
		}
		lead := 0
		for n, k := i.first, 0; n > 0; n, k = n/10, k+1 {
			lead = lead*10 + int(digits[k])
		}
		if lead >= i.first && lead <= i.last {
			return true
		}
	}
	return false
}

// luhn tells whether the last digit is the check digit of the others.
func luhn(digits []byte) bool {
	sum := 0
	for i, d := range digits {
		n := int(d)
		if (len(digits)-i)%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}
