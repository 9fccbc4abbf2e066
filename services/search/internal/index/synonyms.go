package index

import (
	_ "embed"
	"strings"
)

//go:embed synonyms.txt
var synonymsText string

// synonyms are, for each word, the other ones of its set, folded.
var synonyms = readSynonyms(synonymsText)

func readSynonyms(lines string) map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(lines) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		var set []string
		for _, w := range strings.Fields(line) {
			set = append(set, stem(fold(string(normal(w).runes))))
		}
		for _, w := range set {
			for _, o := range set {
				if o != w {
					out[w] = append(out[w], o)
				}
			}
		}
	}
	return out
}
