package main

import "maps"

// shelf holds the rows of one kind that a transaction has read or made. A row that is known not to be there is nil. An
// item of a batch has shelves of its own above those of the batch: what it takes from below is a copy, so that an item
// which is refused has changed nothing.
type shelf[K comparable, V any] struct {
	below *shelf[K, V]
	rows  map[K]*V
}

func newShelf[K comparable, V any](below *shelf[K, V]) *shelf[K, V] {
	return &shelf[K, V]{below: below, rows: map[K]*V{}}
}

// get answers a row, nil when it is not there, and whether that is known.
func (s *shelf[K, V]) get(key K) (*V, bool) {
	row, known := s.rows[key]
	if known || s.below == nil {
		return row, known
	}
	if row, known = s.below.get(key); row != nil {
		copied := *row
		row = &copied
	}
	if known {
		s.rows[key] = row
	}
	return row, known
}

// unknown answers those of the keys of which nothing is known, each once.
func (s *shelf[K, V]) unknown(keys []K) []K {
	var out []K
	seen := map[K]bool{}
	for _, key := range keys {
		if _, known := s.get(key); !known && !seen[key] {
			seen[key] = true
			out = append(out, key)
		}
	}
	return out
}

// learn takes what was read of the keys: those without a row are not there.
func (s *shelf[K, V]) learn(keys []K, rows map[K]*V) {
	for _, key := range keys {
		s.rows[key] = rows[key]
	}
}

// keep puts what was changed here on the shelf below.
func (s *shelf[K, V]) keep() { maps.Copy(s.below.rows, s.rows) }
