// Package issho holds no code: this test holds who may import whom, over the real import graph.
//
//   - verbs (services/x): anything of internal/, their own nouns;
//   - nouns (services/x/internal/y): the standard library, the libraries in which they keep what they hold (database
//     clients, Bleve, kagome), spandb, firedb, money and fault;
//     never each other, never generated code, never HTTP; one adapter beside them speaks Stripe;
//   - internal/ never imports services; only tests import testenv; nothing imports dev.
package issho

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/issho-shop/issho/"

// pkg is what `go list` says of a package.
type pkg struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func TestLayout(t *testing.T) {
	for _, p := range packages(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		for _, to := range p.Imports {
			if why := refused(from, to); why != "" {
				t.Errorf("%s imports %s: %s", from, to, why)
			}
		}
		for _, to := range slices.Concat(p.TestImports, p.XTestImports) {
			if why := refusedToTests(from, to); why != "" {
				t.Errorf("a test of %s imports %s: %s", from, to, why)
			}
		}
	}
}

// nounsMay is everything outside the standard library that a noun may import.
var nounsMay = []string{
	"cloud.google.com/go/spanner",
	"cloud.google.com/go/firestore",
	"cloud.google.com/go/storage",
	"cloud.google.com/go/civil",
	"google.golang.org/api/iterator",
	"google.golang.org/grpc/codes",
	"google.golang.org/grpc/status",
	"google.golang.org/genproto/googleapis/type/latlng",
	"google.golang.org/api/googleapi",
	"github.com/google/uuid",
	module + "internal/spandb",
	module + "internal/firedb",
	module + "internal/money",
	module + "internal/fault",
	module + "internal/id",
}

// libraries are search's: the index is its noun, and Bleve with kagome is what an index is here. Each is many packages.
var libraries = []string{"github.com/blevesearch/", "github.com/ikawaha/kagome", "golang.org/x/text/"}

// adapters are no nouns though they lie among them: each is the one place that speaks an outsider's language.
var adapters = []string{"services/payment/internal/provider"}

// refused says why a package must not import another, or "".
func refused(from, to string) string {
	if why := refusedToTests(from, to); why != "" {
		return why
	}
	to, ours := strings.CutPrefix(to, module)
	switch {
	case to == "internal/testenv" || strings.HasPrefix(to, "internal/testenv/"):
		return "only tests import testenv"
	case strings.Contains(from, "/internal/") && ours && strings.HasPrefix(to, "internal/gen/"):
		return "contracts are the verbs' business"
	case isNoun(from) && (to == "net/http" || strings.HasPrefix(to, "net/http/")):
		return "a noun knows nothing of HTTP"
	case isNoun(from) && ours && isNoun(to):
		return "nouns never import each other; the verb composes them"
	case isNoun(from) && !standard(to, ours) && !slices.Contains(nounsMay, whole(to, ours)) && !slices.ContainsFunc(libraries, func(l string) bool { return strings.HasPrefix(to, l) }):
		return "a noun imports the standard library, the database client, spandb, firedb, money, fault and id only"
	}
	return ""
}

// refusedToTests holds for tests as well.
func refusedToTests(from, to string) string {
	to, ours := strings.CutPrefix(to, module)
	switch {
	case !ours:
		return ""
	case from == "e2e" && to == "dev/declared": // the stories know which programs there are
		return ""
	case strings.HasPrefix(to, "dev/") && !strings.HasPrefix(from, "dev/"):
		return "nothing outside dev imports dev"
	case strings.HasPrefix(to, "services/") && !strings.HasPrefix(to, service(from)+"/internal/"):
		return "a service is reached through its contract"
	}
	return ""
}

// service answers services/x of a package in it, else something that nothing is in.
func service(from string) string {
	parts := strings.SplitN(from, "/", 3)
	if parts[0] != "services" || len(parts) < 2 {
		return "\x00"
	}
	return "services/" + parts[1]
}

func isNoun(path string) bool {
	return strings.HasPrefix(path, "services/") && strings.Contains(path, "/internal/") && !slices.Contains(adapters, path)
}

func standard(path string, ours bool) bool {
	first, _, _ := strings.Cut(path, "/")
	return !ours && !strings.Contains(first, ".")
}

func whole(path string, ours bool) string {
	if ours {
		return module + path
	}
	return path
}

func TestRules(t *testing.T) {
	tests := []struct {
		from, to string
		ok       bool
	}{
		{"services/order", module + "services/order/internal/group", true},
		{"services/order", module + "internal/outbox", true},
		{"services/order", module + "services/cart/internal/cart", false},
		{"services/order", module + "internal/testenv", false},
		{"services/order", module + "internal/testenv/stripespec", false},
		{"services/order/internal/group", "time", true},
		{"services/order/internal/group", "cloud.google.com/go/spanner", true},
		{"services/order/internal/group", module + "internal/money", true},
		{"services/order/internal/group", module + "services/order/internal/stock", false},
		{"services/order/internal/group", module + "internal/gen/issho/order/v1", false},
		{"services/order/internal/group", "net/http", false},
		{"services/order/internal/group", "connectrpc.com/connect", false},
		{"services/payment/internal/provider", "github.com/stripe/stripe-go/v86", true},
		{"services/payment/internal/provider", module + "internal/gen/issho/payment/v1", false},
		{"internal/server", module + "services/order", false},
		{"internal/server", module + "dev/declared", false},
		{"dev/relay", module + "dev/declared", true},
	}
	for _, tt := range tests {
		if why := refused(tt.from, tt.to); (why == "") != tt.ok {
			t.Errorf("%s imports %s: refused = %q, want allowed = %v", tt.from, tt.to, why, tt.ok)
		}
	}
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var found []pkg
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := decoder.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		found = append(found, p)
	}
	if len(found) < 10 {
		t.Fatalf("only %d packages found", len(found))
	}
	return found
}
