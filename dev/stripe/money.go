package main

import (
	"strconv"
	"strings"
)

// zeroDecimal are the currencies whose minor unit is the currency itself.
var zeroDecimal = map[string]bool{"jpy": true, "krw": true, "vnd": true, "clp": true}

// minor writes an amount of minor units for people: ¥50, 0.50 usd.
func minor(n int64, currency string) string {
	if currency == "jpy" {
		return "¥" + strconv.FormatInt(n, 10)
	}
	if zeroDecimal[currency] {
		return strconv.FormatInt(n, 10) + " " + currency
	}
	cents := strconv.FormatInt(n, 10)
	cents = strings.Repeat("0", max(0, 3-len(cents))) + cents
	return cents[:len(cents)-2] + "." + cents[len(cents)-2:] + " " + currency
}
