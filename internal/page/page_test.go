package page

import (
	"strings"
	"testing"

	"github.com/issho-shop/issho/internal/fault"
)

func sealer(t *testing.T, key string) *Sealer {
	t.Helper()
	s, err := New(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOpensForWhomItWasSealed(t *testing.T) {
	t.Parallel()
	s := sealer(t, strings.Repeat("k", 32))
	token := s.Seal("order/o_17", "u_1", "ListOrders", "open")
	if got, err := s.Open(token, "u_1", "ListOrders", "open"); err != nil || got != "order/o_17" {
		t.Errorf("got %q, %v", got, err)
	}
	if strings.Contains(token, "o_17") || token == s.Seal("order/o_17", "u_1", "ListOrders", "open") {
		t.Errorf("%q tells its cursor", token)
	}
	if s.Seal("", "u_1") != "" {
		t.Error("the end of a list has a token")
	}
	if got, err := s.Open("", "u_1"); err != nil || got != "" {
		t.Errorf("the first page: %q, %v", got, err)
	}
}

func TestOpensForNobodyElse(t *testing.T) {
	t.Parallel()
	s := sealer(t, strings.Repeat("k", 32))
	token := s.Seal("o_17", "u_1", "ab", "c")
	flipped := []byte(token)
	flipped[len(flipped)/2] ^= 1
	for name, open := range map[string]func() (string, error){
		"another caller":  func() (string, error) { return s.Open(token, "u_2", "ab", "c") },
		"another query":   func() (string, error) { return s.Open(token, "u_1", "a", "bc") },
		"less of a query": func() (string, error) { return s.Open(token, "u_1", "ab") },
		"another key":     func() (string, error) { return sealer(t, strings.Repeat("q", 32)).Open(token, "u_1", "ab", "c") },
		"changed":         func() (string, error) { return s.Open(string(flipped), "u_1", "ab", "c") },
		"invented":        func() (string, error) { return s.Open("bm9uc2Vuc2U", "u_1", "ab", "c") },
		"no base64":       func() (string, error) { return s.Open("%%%", "u_1", "ab", "c") },
	} {
		if cursor, err := open(); fault.ReasonOf(err) != fault.PageTokenInvalid || cursor != "" {
			t.Errorf("%s: got %q, %v", name, cursor, err)
		}
	}
}

func TestShortKeyIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := New("short"); err == nil {
		t.Error("took a short key")
	}
}

func FuzzOpen(f *testing.F) {
	s, err := New(strings.Repeat("k", 32))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Seal("x", "other"))
	f.Fuzz(func(t *testing.T, token string) {
		if cursor, err := s.Open(token, "u_1"); token != "" && (err == nil || cursor != "") {
			t.Errorf("opened %q as %q", token, cursor)
		}
	})
}
