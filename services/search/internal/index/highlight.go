package index

import (
	"cmp"
	"slices"
)

// Mark is a part of a title that says what was asked: its characters from Begin to before End.
type Mark struct{ Begin, End int }

// Asked is what a query asks for, as it may stand in a title.
type Asked struct {
	words  map[string]bool
	wholes []string // what is shown as a part of a word too
}

// Ask reads a query.
func Ask(q string) Asked {
	a := Asked{words: map[string]bool{}}
	for _, p := range parts(q) {
		wholes := append([]string{p.whole}, synonyms[p.whole]...)
		if read, ok := wholly(p.whole); ok {
			wholes = append(wholes, read)
		}
		for _, w := range p.words() {
			a.words[w.term] = true
		}
		for _, whole := range wholes {
			a.words[whole] = true
			if !isLatin(whole) { // part of a Japanese word is worth showing, part of an English one is chance
				a.wholes = append(a.wholes, whole)
			}
		}
	}
	return a
}

// Marks finds in a title what was asked for: its words, what means the same, and what stands there as it was typed.
func (a Asked) Marks(title string) []Mark {
	if len(a.words) == 0 {
		return nil
	}
	t := normal(title)
	var found []span
	for _, whole := range a.wholes {
		found = append(found, t.occurrences(whole)...)
	}
	for _, w := range titles.words(title, t) {
		if a.words[w.term] || w.reading != "" && a.words[stem(w.reading)] {
			found = append(found, w.span)
		}
	}
	return t.marks(found)
}

// occurrences are where folded text stands in t, one after another.
func (t text) occurrences(what string) []span {
	var out []span
	folded, n := []rune(fold(string(t.runes))), len([]rune(what))
	for i := 0; i+n <= len(folded) && n > 0; i++ {
		if string(folded[i:i+n]) == what {
			out = append(out, span{i, i + n})
			i += n - 1
		}
	}
	return out
}

// marks brings spans into order, joins those that touch, and counts in characters of the original.
func (t text) marks(found []span) []Mark {
	slices.SortFunc(found, func(a, b span) int { return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end)) })
	var out []Mark
	for _, s := range found {
		m := Mark{t.from[s.begin], t.next[s.end-1]}
		if last := len(out) - 1; last >= 0 && m.Begin <= out[last].End {
			out[last].End = max(out[last].End, m.End)
		} else {
			out = append(out, m)
		}
	}
	return out
}
