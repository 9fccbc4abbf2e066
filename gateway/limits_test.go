package main

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSizes(t *testing.T) {
	t.Parallel()
	e := startEdge(t, nil)
	for name, tc := range map[string]struct {
		path string
		size int
		want int
	}{
		"call at the limit":    {campaign, 256 << 10, 0},
		"call over it":         {campaign, 256<<10 + 1, 413},
		"webhook at the limit": {webhook, 1 << 20, 0},
		"webhook over it":      {webhook, 1<<20 + 1, 413},
	} {
		t.Run(name, func(t *testing.T) {
			res, body := e.do(t, http.MethodPost, tc.path, asJSON(nil), bytes.NewReader(bytes.Repeat([]byte("a"), tc.size)))
			if tc.want == 0 {
				if got := e.reached(t); len(got.Body) != tc.size {
					t.Errorf("%d bytes arrived, want %d", len(got.Body), tc.size)
				}
				return
			}
			want := refused{tc.want, "resource_exhausted", "TOO_LARGE", "ja"}
			if diff := cmp.Diff(want, read(t, res, body)); diff != "" {
				t.Errorf("refusal (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnreachableService(t *testing.T) {
	t.Parallel()
	e := startEdge(t, map[string]string{"CART_URL": "http://127.0.0.1:1"})
	began := time.Now()
	res, body := e.do(t, http.MethodPost, cart, bearer(e.token(t, nil)), strings.NewReader("{}"))
	want := refused{503, "unavailable", "DEPENDENCY_UNAVAILABLE", "ja"}
	if diff := cmp.Diff(want, read(t, res, body)); diff != "" {
		t.Errorf("refusal (-want +got):\n%s", diff)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("the refusal took %v, want less than a second", took)
	}
}

// Keys that cannot be fetched are our trouble, not the customer's token's.
func TestUnreachableIssuer(t *testing.T) {
	t.Parallel()
	e := startEdge(t, map[string]string{"USER_JWKS_URL": "http://127.0.0.1:1/jwks.json"})
	res, body := e.do(t, http.MethodPost, cart, bearer(e.token(t, nil)), strings.NewReader("{}"))
	want := refused{503, "unavailable", "DEPENDENCY_UNAVAILABLE", "ja"}
	if diff := cmp.Diff(want, read(t, res, body)); diff != "" {
		t.Errorf("refusal (-want +got):\n%s\n%s", diff, e.log)
	}
}

func TestTooMany(t *testing.T) {
	t.Parallel()
	e := startEdge(t, map[string]string{"RATE_LIMIT": "10"})
	for range 40 {
		res, body := e.do(t, http.MethodPost, "/nothing", asJSON(nil), nil)
		if res.StatusCode != http.StatusTooManyRequests {
			continue
		}
		want := refused{429, "resource_exhausted", "RATE_LIMITED", "ja"}
		if diff := cmp.Diff(want, read(t, res, body)); diff != "" {
			t.Errorf("refusal (-want +got):\n%s", diff)
		}
		if res.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		return
	}
	t.Error("40 requests at once passed a limit of 10 a second")
}
