package category

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// A tree that was only ever changed as Check allows has no circle.
func TestNoCircles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := Tree{}
		for range rapid.IntRange(1, 40).Draw(t, "changes") {
			name := func(label string, from int) string { return fmt.Sprint(rapid.IntRange(from, 6).Draw(t, label)) }
			c := Category{ID: name("id", 1), ParentID: name("parent", 0)}
			if c.ParentID == "0" {
				c.ParentID = ""
			}
			if tree.Check(c) == nil {
				tree[c.ID] = c
			}
		}
		for id, c := range tree {
			steps := 0
			for c.ParentID != "" {
				if steps++; steps > len(tree) {
					t.Fatalf("%s hangs in a circle: %v", id, tree)
				}
				parent, ok := tree[c.ParentID]
				if !ok {
					t.Fatalf("%s hangs on %s, which is absent", c.ID, c.ParentID)
				}
				c = parent
			}
		}
	})
}

func TestCheckOnBrokenTree(t *testing.T) {
	tree := Tree{"a": {ID: "a", ParentID: "b"}, "b": {ID: "b", ParentID: "a"}}
	if tree.Check(Category{ID: "c", ParentID: "a"}) == nil {
		t.Error("a place above which there is a circle was accepted")
	}
}
