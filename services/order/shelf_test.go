package main

import "testing"

// What an item of a batch does to a row that others of the batch have too is its own until it is kept: one that is refused has
// changed nothing.
func TestARefusedItemHasChangedNothing(t *testing.T) {
	t.Parallel()
	batch := newShelf[string, int](nil)
	units := 5
	batch.learn([]string{"sku"}, map[string]*int{"sku": &units})

	refused := newShelf(batch)
	row, _ := refused.get("sku")
	*row = 0
	if seen, _ := newShelf(batch).get("sku"); *seen != 5 {
		t.Errorf("the next item sees %d units, want 5: the one before was refused", *seen)
	}

	done := newShelf(batch)
	row, _ = done.get("sku")
	*row -= 2
	done.keep()
	if seen, _ := newShelf(batch).get("sku"); *seen != 3 {
		t.Errorf("the next item sees %d units, want 3: the one before was done", *seen)
	}
}
