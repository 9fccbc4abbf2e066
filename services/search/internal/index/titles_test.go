package index

import (
	"fmt"
	"reflect"
	"testing"
)

// What is remembered of titles is what they are cut into, and is bounded.
func TestTitlesLately(t *testing.T) {
	var m lately
	for i := range 3 * mostTitles {
		title := fmt.Sprintf("りんご %d号", i)
		for range 2 {
			if got, want := m.words(title, normal(title)), normal(title).words(); !reflect.DeepEqual(got, want) {
				t.Fatalf("%q is %v, want %v", title, got, want)
			}
		}
		if n := len(m.young) + len(m.old); n > 2*mostTitles {
			t.Fatalf("%d titles are remembered after %d, want %d at most", n, i+1, 2*mostTitles)
		}
	}
	often := "りんご 0号"
	for i := range 3 * mostTitles {
		m.words(often, normal(often))
		title := fmt.Sprintf("みかん %d号", i)
		m.words(title, normal(title))
	}
	if _, ok := m.find(often); !ok {
		t.Error("a title that is looked at always is forgotten")
	}
}
