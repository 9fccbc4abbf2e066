package index

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/ikawaha/kagome-dict/ipa"
	"github.com/ikawaha/kagome/v2/tokenizer"
)

// dictionary is kagome over the ipa dictionary, some 85 MB, loaded once.
var dictionary = sync.OnceValue(func() *tokenizer.Tokenizer {
	t, err := tokenizer.New(ipa.Dict(), tokenizer.OmitBosEos())
	if err != nil {
		panic(err) // unreachable: the dictionary is part of the program
	}
	return t
})

// Warm loads the dictionary, which takes a second, and a minute on a busy machine under the race detector: who is in a hurry
// should not be the first to need it.
func Warm() { dictionary() }

// word is a word of a text.
type word struct {
	term    string // folded, inflected words in their base form
	reading string // in hiragana, empty where it is not known
	noun    bool
	span    // where it stands
}

// telling tells whether a word alone says something: two hiragana are mostly half of another.
func (w word) telling() bool {
	for _, r := range w.term {
		if scriptOf(r) != hira {
			return true
		}
	}
	return utf8.RuneCountInString(w.term) > 2
}

// words cuts a text into its words, without particles and marks.
func (t text) words() []word {
	var out []word
	for _, s := range t.spans(japanese) {
		part := t.string(s)
		if isLatin(part) {
			out = append(out, word{term: stem(part), noun: true, span: s})
			continue
		}
		for _, tok := range dictionary().Analyze(part, tokenizer.Search) {
			if w, ok := japaneseWord(tok); ok {
				w.begin, w.end = s.begin+tok.Start, s.begin+tok.End
				out = append(out, w)
			}
		}
	}
	return out
}

func japaneseWord(tok tokenizer.Token) (word, bool) {
	pos := tok.POS()
	if len(pos) == 0 || pos[0] == "助詞" || pos[0] == "助動詞" || pos[0] == "記号" {
		return word{}, false
	}
	w := word{term: tok.Surface, noun: pos[0] == "名詞"}
	if base, ok := tok.BaseForm(); ok && !w.noun {
		w.term = base
	}
	if reading, ok := tok.Reading(); ok {
		w.reading = fold(reading)
	} else if isKana(tok.Surface) {
		w.reading = fold(tok.Surface)
	}
	w.term = stem(fold(w.term))
	return w, true
}

// stem takes off what tells two forms of one word apart: the plural of English ones, the last long vowel of borrowed ones.
func stem(s string) string {
	n := utf8.RuneCountInString(s)
	switch {
	case n > 3 && strings.HasSuffix(s, "ー"):
		return strings.TrimSuffix(s, "ー")
	case !isLatin(s) || n < 4 || strings.HasSuffix(s, "ss"):
		return s
	case strings.HasSuffix(s, "ies"):
		return strings.TrimSuffix(s, "ies") + "y"
	case strings.HasSuffix(s, "ches"), strings.HasSuffix(s, "shes"), strings.HasSuffix(s, "xes"), strings.HasSuffix(s, "oes"):
		return strings.TrimSuffix(s, "es")
	}
	return strings.TrimSuffix(s, "s")
}

// terms are what a text is found by: its words, and its runs of one script, which are words that no dictionary has.
func (t text) terms() []string {
	var out []string
	for _, w := range t.words() {
		out = append(out, w.term)
	}
	for _, s := range t.spans(runs) {
		if scriptOf(t.runes[s.begin]) != latin {
			out = append(out, stem(fold(t.string(s))))
		}
	}
	return out
}

// readings are how the words of a text are read, and its runs of words.
func (t text) readings() []string {
	var out []string
	before, end := "", -1
	for _, w := range t.words() {
		if w.reading == "" {
			before = ""
			continue
		}
		out = append(out, stem(w.reading))
		if before != "" && end == w.begin {
			out = append(out, stem(before+w.reading))
		}
		before, end = w.reading, w.end
	}
	return out
}

// grams are each two characters in a row of Japanese text, and each Chinese character: what a part of a word is found by.
func (t text) grams() []string {
	var out []string
	for _, s := range t.spans(japanese) {
		part := []rune(fold(t.string(s)))
		if isLatin(string(part)) {
			continue
		}
		for i, r := range part {
			if scriptOf(r) == han {
				out = append(out, string(r))
			}
			if i > 0 {
				out = append(out, string(part[i-1:i+1]))
			}
		}
	}
	return out
}

// Names are the words, folded, by which somebody may ask for a category of that title: the title, and each of its parts.
func Names(title string) []string {
	t := normal(title)
	names := []string{stem(fold(string(t.runes)))}
	for _, s := range t.spans(japanese) {
		names = append(names, stem(fold(t.string(s))))
	}
	return names
}
