package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/internal/caller"
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

// What was sent is sent again without the handler, to whoever sees the same, until the page is another one.
func TestHeldAnswersSpareTheHandler(t *testing.T) {
	pages, _ := cached(t, 1<<20, nothing)
	held, err := newHeldAnswers(pages, time.Now, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	handled := 0
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handled++
		p, err := pages.get(r.Context(), aPage)
		if err != nil {
			t.Fatal(err)
		}
		answered(r.Context(), aPage, p, time.Now(), time.Time{})
		fmt.Fprint(w, "a page")
	})
	admit := func(ctx context.Context, _ connect.Spec, _ connect.Peer, h http.Header) (context.Context, error) {
		who := map[string]caller.Caller{"gateway": {Service: "gateway"}, "hanako": {UserID: "hanako"}, "minori": {UserID: "minori", MerchantID: "m_minori"}, "operator": {UserID: "o", Operator: true}}
		if h.Get("Who") == "stranger" {
			return nil, errors.New("refused")
		}
		return caller.With(ctx, who[h.Get("Who")]), nil
	}
	var counted []string
	h := held.before(handler, admit, func(ctx context.Context, _ string) { counted = append(counted, caller.From(ctx).Kind()) })
	for _, step := range []struct {
		who, header string
		handled     int
	}{
		{"", "", 1}, {"", "", 0}, {"gateway", "", 0}, {"hanako", "", 1}, {"hanako", "", 0},
		{"minori", "", 1}, {"minori", "", 1}, {"operator", "", 1}, {"stranger", "", 1}, {"", "If-None-Match", 1}, {"", "Connect-Timeout-Ms", 1},
		{"change", "", 1}, {"", "", 0},
	} {
		if step.who == "change" {
			pages.pages.Invalidate(aPage)
		}
		r := httptest.NewRequest(http.MethodGet, getProduct.Procedure+"?message=x", nil)
		r.Header.Set("Who", step.who)
		if step.header != "" {
			r.Header.Set(step.header, "1")
		}
		w := httptest.NewRecorder()
		before := handled
		if h.ServeHTTP(w, r); handled-before != step.handled || w.Body.String() != "a page" {
			t.Errorf("%+v: handled %d times, answered %q", step, handled-before, w.Body)
		}
	}
	if want := []string{"public", "service", "customer", "public"}; !slices.Equal(counted, want) {
		t.Errorf("counted %v, want %v", counted, want)
	}
}
