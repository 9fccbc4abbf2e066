package index

import "sync"

// mostTitles is of how many titles a generation of it is, of about 1 KB each.
const mostTitles = 5000

// titles remembers the words of titles that were shown lately, in which what was asked is to be marked: to cut a title into
// words takes as long as to find several products. Those that nobody has looked at for a generation are forgotten.
var titles lately

type lately struct {
	mu         sync.Mutex
	young, old map[string][]word
}

// words are those of a title.
func (m *lately) words(title string, t text) []word {
	words, ok := m.find(title)
	if !ok {
		words = t.words()
		m.keep(title, words)
	}
	return words
}

func (m *lately) find(title string) ([]word, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	words, ok := m.young[title]
	if !ok {
		if words, ok = m.old[title]; ok {
			m.put(title, words)
		}
	}
	return words, ok
}

func (m *lately) keep(title string, words []word) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(title, words)
}

func (m *lately) put(title string, words []word) {
	if m.young == nil || len(m.young) >= mostTitles {
		m.young, m.old = map[string][]word{}, m.young
	}
	m.young[title] = words
}
