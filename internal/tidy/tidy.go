// Package tidy brings what people write into the form in which it is stored.
package tidy

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Text is a text as it is stored: composed (NFC), so that what looks alike is alike, and without what is not seen and turns
// what follows: control characters but line breaks and tabs, and marks that reverse the direction of writing. Emoji and full
// and half width stay as they were written.
func Text(text string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unseen(r) {
			return -1
		}
		return r
	}, text))
}

func unseen(r rune) bool {
	if r == '\n' || r == '\t' {
		return false
	}
	return unicode.IsControl(r) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0xFEFF
}

// Unseen tells whether there is something, of which nothing is stored.
func Unseen(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool { return !unseen(r) }) < 0
}

// Pairs is a map with its keys and values tidied; nil stays nil.
func Pairs(pairs map[string]string) map[string]string {
	if pairs == nil {
		return nil
	}
	out := make(map[string]string, len(pairs))
	for key, value := range pairs {
		out[Text(key)] = Text(value)
	}
	return out
}
