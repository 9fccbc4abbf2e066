package main

import "sync"

// table keeps items of one kind by id, in order of creation, and by group (a
// customer's intents, an intent's refunds). Nothing is ever taken out, so a slice
// handed out stays true while others add.
type table[T any] struct {
	mu     sync.RWMutex
	byID   map[string]T
	order  []T
	groups map[string][]T
}

func newTable[T any]() *table[T] {
	return &table[T]{byID: map[string]T{}, groups: map[string][]T{}}
}

// add inserts an item under its id and the groups that are not empty.
func (t *table[T]) add(id string, item T, groups ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byID[id] = item
	t.order = append(t.order, item)
	for _, g := range groups {
		if g != "" {
			t.groups[g] = append(t.groups[g], item)
		}
	}
}

// join puts an item into one more group.
func (t *table[T]) join(group string, item T) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.groups[group] = append(t.groups[group], item)
}

func (t *table[T]) get(id string) (T, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	item, ok := t.byID[id]
	return item, ok
}

// all returns every item, oldest first; of one group where it is given.
func (t *table[T]) all(group string) []T {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if group != "" {
		return t.groups[group]
	}
	return t.order
}

func (t *table[T]) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.byID, t.order, t.groups = map[string]T{}, nil, map[string][]T{}
}
