package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

// However a page is asked for, it is the same again, headers included; each way of asking has an answer of its own.
func TestPagesAreAnsweredAlikeAgain(t *testing.T) {
	s := open(t)
	p := s.sell("r1", func(p *catalogv1.Product) { p.Description.Ja = strings.Repeat("新米です。", 200) }) // long enough to be compressed
	bodies := map[string]string{}
	for _, asked := range []string{"json", "json gzip", "proto", "proto gzip"} {
		encoding, accepted, _ := strings.Cut(asked, " ")
		message := fmt.Sprintf(`{"product_id":%q}`, p.GetProductId())
		if encoding == "proto" {
			message = "\n\x1e" + p.GetProductId()
		}
		first, body := s.plainly(encoding, accepted, message)
		if first.StatusCode != http.StatusOK || (first.Header.Get("Content-Encoding") == "gzip") != (accepted == "gzip") || first.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %s, %v", asked, first.Status, first.Header)
		}
		bodies[body] = asked
		for range 2 {
			again, same := s.plainly(encoding, accepted, message)
			if diff := cmp.Diff(first.Header, again.Header); again.StatusCode != http.StatusOK || same != body || diff != "" {
				t.Errorf("%s, again: %s, %s", asked, again.Status, diff)
			}
		}
	}
	if len(bodies) != 4 {
		t.Errorf("answers of %v; want four", bodies)
	}
}

// plainly asks as a browser without a login, with no encoding unfolded; the time of the answer is left out.
func (s *shop) plainly(encoding, accepted, message string) (*http.Response, string) {
	s.t.Helper()
	q := url.Values{"connect": {"v1"}, "encoding": {encoding}, "message": {message}}
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, s.base+"/issho.catalog.v1.CatalogService/GetProduct?"+q.Encode(), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", accepted)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	res.Header.Del("Date")
	return res, string(body)
}
