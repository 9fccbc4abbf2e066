package address

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/issho-shop/issho/internal/fault"
)

func TestPrefectures(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range prefectures {
		seen[p] = true
	}
	if len(seen) != 47 {
		t.Errorf("%d prefectures, want 47", len(seen))
	}
}

// Whatever its owner does, a book keeps its promises, and the mark goes where it was put last.
func TestBook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b Book
		next, marked := 0, ""
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				a := Address{ID: fmt.Sprint(next), Prefecture: "東京都", PostalCode: "1500001", Default: rapid.Bool().Draw(t, "default")}
				next++
				full := len(b.Addresses) == Limit
				got, err := b.Add(a)
				if full != (fault.ReasonOf(err) == fault.LimitReached) || (!full && err != nil) {
					t.Fatalf("with %d addresses: %v", len(b.Addresses), err)
				}
				if err == nil && (a.Default || marked == "") {
					marked = got.ID
				}
			},
			"change": func(t *rapid.T) {
				a := Address{ID: fmt.Sprint(rapid.IntRange(0, max(next, 1)).Draw(t, "id")), Prefecture: "大阪府", PostalCode: "530-0001", Default: rapid.Bool().Draw(t, "default")}
				old, ok := b.Find(a.ID)
				_, err := b.Change(a, old.Etag())
				if ok == (fault.ReasonOf(err) == fault.NotFound) {
					t.Fatalf("address %s there: %v; change: %v", a.ID, ok, err)
				}
				if !ok {
					return
				}
				if a.Default {
					marked = a.ID
				}
			},
			"remove": func(t *rapid.T) {
				id := fmt.Sprint(rapid.IntRange(0, max(next, 1)).Draw(t, "id"))
				_, ok := b.Find(id)
				if b.Remove(id) != ok {
					t.Fatalf("address %s there: %v", id, ok)
				}
				if id != marked {
					return
				}
				if marked = ""; len(b.Addresses) > 0 {
					marked = b.Addresses[0].ID
				}
			},
			"": func(t *rapid.T) {
				if wrong := b.Wrong(); wrong != "" {
					t.Fatal(wrong)
				}
				if marked != "" && b.Listed()[0].ID != marked {
					t.Fatalf("%s is shown first, want the default %s", b.Listed()[0].ID, marked)
				}
			},
		})
	})
}
