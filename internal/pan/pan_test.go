package pan

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestIn(t *testing.T) {
	for _, tt := range []struct {
		text string
		want bool
	}{
		{"4111111111111111", true},
		{"my card is 4111 1111 1111 1111, thanks", true},
		{"4111-1111-1111-1111", true},
		{"4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", true},
		{"４１１１１１１１１１１１１１１１", true},
		{"カードは４１１１　１１１１　１１１１　１１１１です", true},
		{"４１１１－１１１１ー１１１１−１１１１", true},
		{"4111\u200b1111\u200b1111\u200b1111", true},
		{"4111.1111.1111.1111", true},
		{"2 boxes, 4111 1111 1111 1111 12/27 123", true},
		{"5555555555554444", true},    // Mastercard
		{"2223003122003222", true},    // Mastercard
		{"378282246310005", true},     // American Express
		{"3566002020360505", true},    // JCB
		{"30569309025904", true},      // Diners Club
		{"6011111111111117", true},    // Discover
		{"6200000000000005", true},    // UnionPay
		{"6205500000000000004", true}, // UnionPay, 19
		{"6759649826438453", true},    // Maestro
		{"4111111111111112", false},   // check digit
		{"9111111111111111", false},   // nobody's
		{"4901777018686", false},      // JAN
		{"4012888888881", false},      // 13 digits pass: JAN codes are such
		{"49123456 4912345678904", false},
		{"1234-5678-9012", false}, // Yamato
		{"400012345678", false},   // Sagawa
		{"EE123456789JP", false},  // EMS
		{"1Z999AA10123456784", false},
		{"090-1234-5678", false},
		{"〒100-0001 東京都千代田区千代田1-1", false},
		{"41111111111111114111111111111111", false}, // a number of another kind
		{"4111 1111 is half of it, 1111 1111 the rest", false},
		{"", false},
		{"お願いします", false},
	} {
		if got := In(tt.text); got != tt.want {
			t.Errorf("In(%q) = %v, want %v", tt.text, got, tt.want)
		}
	}
}

// Whatever a number is cut into and written in, it is found; with a wrong check digit it never is.
func TestInFindsEveryNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.SampledFrom(issuers).Draw(t, "issuer")
		number := strconv.Itoa(rapid.IntRange(i.first, i.last).Draw(t, "lead"))
		for n := rapid.IntRange(max(i.min, shortest), i.max).Draw(t, "length"); len(number) < n-1; {
			number += strconv.Itoa(rapid.IntRange(0, 9).Draw(t, "digit"))
		}
		check := rapid.IntRange(0, 9).Draw(t, "check")
		number += strconv.Itoa(check)
		var text strings.Builder
		digits := make([]byte, len(number))
		for k, c := range number {
			digits[k] = byte(c - '0')
			if rapid.Bool().Draw(t, "wide") {
				c += '０' - '0'
			}
			text.WriteRune(c)
			if k > 0 && k < len(number)-1 {
				text.WriteString(rapid.SampledFrom([]string{"", "", "", " ", "-", "　", " - "}).Draw(t, "between"))
			}
		}
		whole := "前" + text.String() + "後"
		if luhn(digits) && !In(whole) {
			t.Fatalf("%q holds %s, unseen", whole, number)
		}
		if !luhn(digits) && In(number) {
			t.Fatalf("%s has a wrong check digit", number)
		}
	})
}

func FuzzIn(f *testing.F) {
	for _, s := range []string{"4111 1111 1111 1111", "４９０１７７７０１８６８６", "\xff4111", "---", "0123456789 0123456789"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if In(s) && !In("注文 "+s+" 番") {
			t.Errorf("%q hides its number when something stands around it", s)
		}
	})
}
