package index

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// text is a text with where each of its characters comes from.
type text struct {
	runes []rune // NFKC, lower case
	from  []int  // of each rune, the first character of the original that it stands for
	next  []int  // and the one after the last
}

// normal brings a text into one form: NFKC (full and half width are one) and lower case.
func normal(s string) text {
	var t text
	var it norm.Iter
	it.InitString(norm.NFKC, s)
	for at, seen := 0, 0; !it.Done(); {
		part := it.Next()
		from := at
		at += utf8.RuneCountInString(s[seen:it.Pos()])
		seen = it.Pos()
		for _, r := range string(part) {
			t.runes, t.from, t.next = append(t.runes, unicode.ToLower(r)), append(t.from, from), append(t.next, at)
		}
	}
	return t
}

// fold makes one of what readers take for the same: katakana and hiragana. It keeps the number of characters.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'ァ' && r <= 'ヶ' {
			return r - 'ァ' + 'ぁ'
		}
		return r
	}, s)
}

// script is what kind of letter a character is.
type script int

const (
	other script = iota
	latin        // letters and digits of the Latin alphabet
	hira
	kata
	han
)

func scriptOf(r rune) script {
	switch {
	case r == 'ー':
		return kata
	case r >= 'ぁ' && r <= 'ゖ':
		return hira
	case r >= 'ァ' && r <= 'ヺ':
		return kata
	case r == '々' || unicode.Is(unicode.Han, r):
		return han
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return latin
	}
	return other
}

// span is a part of a text: the runes from begin to end.
type span struct{ begin, end int }

// spans cuts a text where same changes from one character to the next, and leaves out what is of no script.
func (t text) spans(same func(a, b script) bool) []span {
	var out []span
	for i := 0; i < len(t.runes); {
		kind := scriptOf(t.runes[i])
		j := i + 1
		for j < len(t.runes) && same(scriptOf(t.runes[j-1]), scriptOf(t.runes[j])) {
			j++
		}
		if kind != other {
			out = append(out, span{i, j})
		}
		i = j
	}
	return out
}

// japanese cuts between Latin letters and Japanese ones, whose words may mix scripts.
func japanese(a, b script) bool { return a == b || a > latin && b > latin }

// runs cuts at every change of script.
func runs(a, b script) bool { return a == b }

func (t text) string(s span) string { return string(t.runes[s.begin:s.end]) }

// isKana tells whether s is kana throughout.
func isKana(s string) bool {
	for _, r := range s {
		if k := scriptOf(r); k != hira && k != kata {
			return false
		}
	}
	return s != ""
}

func isLatin(s string) bool {
	for _, r := range s {
		if scriptOf(r) != latin {
			return false
		}
	}
	return s != ""
}
