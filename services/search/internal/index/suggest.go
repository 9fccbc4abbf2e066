package index

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

const (
	// mostKeys is how many completions are looked at.
	mostKeys = 5000
	// between parts a key from what it suggests.
	between = "\x00"
)

// keys are what a title can be completed to: each of its nouns and each two in a row, under how they are written and how
// they are read.
func (t text) keys() []string {
	seen := map[string]bool{}
	var out []string
	add := func(key, shown string) {
		if k := fold(key) + between + shown; len([]rune(shown)) > 1 && !seen[k] {
			seen[k] = true
			out = append(out, k)
		}
	}
	var before *word
	for _, w := range t.words() {
		if !w.noun || isNumber(t.string(w.span)) {
			before = nil
			continue
		}
		shown := t.string(w.span)
		add(shown, shown)
		add(w.reading, shown)
		if before != nil && w.begin-before.end <= 1 {
			pair := t.string(span{before.begin, w.end})
			add(pair, pair)
			if before.reading != "" && w.reading != "" {
				add(before.reading+w.reading, pair)
			}
		}
		before = &w
	}
	return out
}

func isNumber(s string) bool { return strings.Trim(s, "0123456789.kgmlx") == "" }

// typed are the beginnings that what was typed so far may mean: as it stands, and as kana, with the syllable that is not
// complete yet in all its ways.
func typed(prefix string) []string {
	whole := fold(strings.Join(strings.Fields(string(normal(prefix).runes)), " "))
	out := []string{whole}
	cut := strings.LastIndexFunc(whole, func(r rune) bool { return r > 'z' }) // "りn": what is kana stays
	head, tail := "", whole
	if cut >= 0 {
		_, size := lastRune(whole[cut:])
		head, tail = whole[:cut+size], whole[cut+size:]
	}
	read, left, ok := fromRomaji(tail)
	switch {
	case tail == "" || !ok:
	case left == "":
		out = append(out, head+read)
	default:
		for _, k := range completions(left) {
			out = append(out, head+read+k)
		}
	}
	return out
}

func lastRune(s string) (rune, int) {
	for _, r := range s {
		return r, len(string(r))
	}
	return 0, 0
}

// Suggest completes what was typed so far: what most products speak of first, of the same thing once.
func (x *Index) Suggest(ctx context.Context, prefix string, limit int) ([]string, error) {
	counts := map[string]uint64{}
	for _, begin := range typed(prefix) {
		if begin == "" {
			continue
		}
		if err := x.complete(ctx, begin, counts); err != nil {
			return nil, err
		}
	}
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	return names[:min(limit, len(names))], nil
}

func (x *Index) complete(ctx context.Context, begin string, counts map[string]uint64) error {
	dict, err := x.b.FieldDictPrefix(fKeys, []byte(begin))
	if err != nil {
		return err
	}
	defer dict.Close()
	for range mostKeys {
		entry, err := dict.Next()
		if err != nil || entry == nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, shown, ok := strings.Cut(entry.Term, between); ok {
			counts[shown] = max(counts[shown], entry.Count)
		}
	}
	return nil
}
