package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/issho-shop/issho/dev/declared"
)

func read(t *testing.T) *declared.Declared {
	t.Helper()
	d, err := declared.Read("../../" + declared.File)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWhoIsCalledComesBeforeWhoCalls(t *testing.T) {
	d := read(t)
	order := inOrder(d)
	if len(order) != len(d.Services)+2 || order[0] != verifier || order[len(order)-1] != declared.Gateway {
		t.Fatalf("order is %v, want the smoke story's job first and the gateway last", order)
	}
	for from, callees := range d.Calls {
		for _, to := range callees {
			if reaches(d, to, from, map[string]bool{}) {
				continue // they call each other, perhaps by way of others: either order must do
			}
			if slices.Index(order, to) > slices.Index(order, from) {
				t.Errorf("%s comes before %s, which it calls: %v", from, to, order)
			}
		}
	}
	if _, err := selected(d, []string{"ordre"}); err == nil {
		t.Error("a misspelt program is taken")
	}
}

// reaches says whether a call of one program may lead to another.
func reaches(d *declared.Declared, from, to string, seen map[string]bool) bool {
	if from == to {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(d.Calls[from], func(callee string) bool { return reaches(d, callee, to, seen) })
}

// TestFingerprint: an image is named by what it is made of, so that only what has changed is built.
func TestFingerprint(t *testing.T) {
	root := t.TempDir()
	write := func(file, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.com/shop\n\ngo 1.26\n")
	write("Dockerfile", "FROM scratch\n")
	write("tools/build", "go build\n")
	write("tools/cyclonedx-gomod/go.mod", "module a\n")
	write("internal/money/money.go", "package money\n")
	write("services/order/main.go", "package main\n\nimport _ \"example.com/shop/internal/money\"\n\nfunc main() {}\n")
	write("services/cart/main.go", "package main\n\nfunc main() {}\n")
	prints := func() (order, cart string) {
		t.Helper()
		order, err := fingerprint(t.Context(), root, "order")
		if err != nil {
			t.Fatal(err)
		}
		if cart, err = fingerprint(t.Context(), root, "cart"); err != nil {
			t.Fatal(err)
		}
		return order, cart
	}
	order, cart := prints()
	steps := []struct {
		file, text  string
		order, cart bool // whether it changes
	}{
		{"services/order/main_test.go", "package main\n", false, false},
		{"internal/other/other.go", "package other\n", false, false},
		{"internal/money/money.go", "package money\n\nconst Yen = 1\n", true, false},
		{"services/cart/main.go", "package main\n\nfunc main() { println() }\n", false, true},
		{"Dockerfile", "FROM scratch\nUSER 1\n", true, true},
	}
	for _, s := range steps {
		write(s.file, s.text)
		o, c := prints()
		if (o != order) != s.order || (c != cart) != s.cart {
			t.Errorf("%s: order changes = %v, cart changes = %v; want %v, %v", s.file, o != order, c != cart, s.order, s.cart)
		}
		order, cart = o, c
	}
	copied := filepath.Join(t.TempDir(), "elsewhere")
	if out, err := exec.Command("cp", "-r", root, copied).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if elsewhere, err := fingerprint(t.Context(), copied, "order"); err != nil || elsewhere != order {
		t.Errorf("in another folder it is %s, want %s (%v)", elsewhere, order, err)
	}
}

// TestStories holds the smoke story to the declaration and the contracts.
func TestStories(t *testing.T) {
	programs := append(slices.Collect(maps.Keys(read(t).Services)), declared.Gateway)
	for _, program := range programs {
		if len(stories[program]) == 0 {
			t.Errorf("%s is asked nothing", program)
		}
		for _, q := range stories[program] {
			name := regexp.MustCompile(`^/issho\.([a-z]+)\.v1\.([A-Za-z]+)/([A-Za-z]+)$`).FindStringSubmatch(q.path)
			if name == nil || !declares(t, name[1], name[2], name[3]) {
				t.Errorf("%s is asked %s, which no contract has", program, q.path)
			}
		}
	}
}

// declares says whether a contract of that package has the method in the service.
func declares(t *testing.T, pkg, service, method string) bool {
	t.Helper()
	files, _ := filepath.Glob("../../proto/issho/" + pkg + "/v1/*.proto")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "service "+service+" {") && strings.Contains(string(text), "rpc "+method+"(") {
			return true
		}
	}
	return false
}

func TestQuantile(t *testing.T) {
	buckets := []bucket{{time.Second, 50}, {2 * time.Second, 100}, {endless, 100}}
	if got := quantile(buckets, 0.75); got != 1500*time.Millisecond {
		t.Errorf("got %s", got)
	}
	if got := quantile([]bucket{{time.Second, 0}, {endless, 3}}, 0.99); got != time.Second {
		t.Errorf("beyond the last bound: %s", got)
	}
	if got := quantile([]bucket{{time.Second, 0}, {endless, 0}}, 0.99); got != 0 {
		t.Errorf("of nothing: %s", got)
	}
}

func TestDestroyed(t *testing.T) {
	plan := `{"format_version":"1.2","resource_changes":[
		{"address":"a.kept","change":{"actions":["no-op"]}}, {"address":"a.changed","change":{"actions":["update"]}},
		{"address":"a.gone","change":{"actions":["delete"]}}, {"address":"a.anew","change":{"actions":["delete","create"]}},
		{"address":"a.anew2","change":{"actions":["create","delete"]}}]}`
	got, err := destroyed(strings.NewReader(plan))
	if err != nil || !slices.Equal(got, []string{"a.gone", "a.anew", "a.anew2"}) {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := destroyed(strings.NewReader("{}")); err == nil {
		t.Error("an empty answer is taken for a harmless plan")
	}
}
