package testenv

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// RefusesMalformed sends a procedure bodies that are none of its messages and fails the test unless each is refused as the
// caller's fault: INVALID_ARGUMENT, or RESOURCE_EXHAUSTED for one too large. field is the JSON name of one of the message's
// fields, a string.
func RefusesMalformed(t testing.TB, h *http.Client, url, field string) {
	t.Helper()
	value := func(v string) string { return fmt.Sprintf(`{%q: %s}`, field, v) }
	for name, sent := range map[string]struct{ kind, body string }{
		"JSON that is cut":          {"application/json", `{"` + field},
		"no object":                 {"application/json", `[1]`},
		"a field twice":             {"application/json", fmt.Sprintf(`{%q: "a", %q: "b"}`, field, field)},
		"the wrong type":            {"application/json", value(`{"a": 1}`)},
		"10,000 deep":               {"application/json", value(strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000))},
		"a lone surrogate":          {"application/json", value(`"\ud800"`)},
		"no UTF-8":                  {"application/json", value("\"\xff\xfe\"")},
		"a string of 1 MiB":         {"application/json", value(`"` + strings.Repeat("a", 1<<20) + `"`)},
		"100,000 fields":            {"application/json", "{" + strings.Repeat(`"x": 1,`, 100_000) + `"y": 1}`},
		"a varint that is cut":      {"application/proto", "\x08\xff\xff"},
		"a length beyond the end":   {"application/proto", "\x0a\xff\x01a"},
		"protobuf text of no UTF-8": {"application/proto", "\x0a\x02\xff\xfe"},
	} {
		res, err := h.Post(url, sent.kind, strings.NewReader(sent.body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var refusal struct{ Code string }
		err = json.NewDecoder(res.Body).Decode(&refusal)
		res.Body.Close()
		if err != nil || refusal.Code != "invalid_argument" && refusal.Code != "resource_exhausted" {
			t.Errorf("%s: answered %s, %q, %v; want the caller's fault", name, res.Status, refusal.Code, err)
		}
	}
	res, err := h.Post(url, "text/html", strings.NewReader("<p>"))
	if err != nil || res.StatusCode < 400 || res.StatusCode >= 500 {
		t.Errorf("another content type: %v, %v", res, err)
	}
	if err == nil {
		res.Body.Close()
	}
}
