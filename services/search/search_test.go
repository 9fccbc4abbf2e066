package main

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/issho-shop/issho/internal/fault"
	searchv1 "github.com/issho-shop/issho/internal/gen/issho/search/v1"
	"github.com/issho-shop/issho/internal/gen/issho/search/v1/searchv1connect"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestSearch(t *testing.T) {
	w := start(t, stall()...)
	tests := map[string]struct {
		req  *searchv1.SearchRequest
		want []string // in order, where it is not by relevance
	}{
		"a word in its other scripts": {ask("リンゴ"), []string{"fuji", "juice", "orin"}},
		"half width":                  {ask("ﾘﾝｺﾞ"), []string{"fuji", "juice", "orin"}},
		"by its reading":              {ask("おうりん"), []string{"orin"}},
		"in Latin letters":            {ask("ringo"), []string{"fuji", "juice", "orin"}},
		"in English":                  {ask("APPLE"), []string{"fuji", "juice", "orin"}},
		"part of a word":              {ask("マスカ"), []string{"muscat"}},
		"with an error":               {ask("シャインマスカト"), []string{"muscat"}},
		"with an error in English":    {ask("towl"), []string{"towel"}},
		"a category's name":           {ask("果物"), []string{"fuji", "muscat", "orin"}},
		"nothing":                     {ask("冷蔵庫"), nil},
		"all, cheapest first":         {&searchv1.SearchRequest{Sort: searchv1.Sort_SORT_PRICE_ASCENDING}, []string{"juice", "towel", "orin", "fuji", "muscat"}},
		"dearest first":               {&searchv1.SearchRequest{Sort: searchv1.Sort_SORT_PRICE_DESCENDING}, []string{"muscat", "fuji", "orin", "towel", "juice"}},
		"newest first":                {&searchv1.SearchRequest{Sort: searchv1.Sort_SORT_NEWEST, Query: "りんご"}, []string{"juice", "orin", "fuji"}},
		"in stock":                    {&searchv1.SearchRequest{Query: "りんご", Filter: &searchv1.Filter{InStock: true}}, []string{"fuji", "orin"}},
		"with a group":                {&searchv1.SearchRequest{Filter: &searchv1.Filter{GroupOpen: true}}, []string{"fuji"}},
		"by its group's price":        {&searchv1.SearchRequest{Filter: &searchv1.Filter{MinPrice: 2980, MaxPrice: 2980}}, []string{"fuji"}},
		"a category and below":        {&searchv1.SearchRequest{Filter: &searchv1.Filter{CategoryIds: []string{"food"}}}, []string{"fuji", "juice", "muscat", "orin"}},
		"a merchant's":                {&searchv1.SearchRequest{Filter: &searchv1.Filter{MerchantIds: []string{"m_kyoto"}}}, []string{"towel"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := w.names(test.req)
			if test.req.GetSort() == searchv1.Sort_SORT_UNSPECIFIED {
				slices.Sort(got)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("found %v, want %v", got, test.want)
			}
		})
	}
}

func TestSearchAnswers(t *testing.T) {
	w := start(t, stall()...)
	res := w.search(&searchv1.SearchRequest{Query: "りんご", Sort: searchv1.Sort_SORT_POPULAR, PageSize: 1})
	if got := names(res); res.GetTotal() != 3 || !slices.Equal(got, []string{"fuji"}) || res.GetCorrected() || !res.GetReadTime().IsValid() {
		t.Errorf("found %v of %d (corrected: %t), want the busiest of 3", got, res.GetTotal(), res.GetCorrected())
	}
	hit := res.GetHits()[0]
	if hit.GetPrice().GetAmount() != 3680 || hit.GetGroupPrice().GetAmount() != 2980 || !hit.GetGroupOpen() || !hit.GetInStock() || hit.GetOpenGroups() != 2 {
		t.Errorf("hit = %v", hit)
	}
	want := []*searchv1.Highlight{{Language: "ja", Begin: 10, End: 13}}
	if diff := cmp.Diff(want, hit.GetHighlights(), protocmp.Transform()); diff != "" {
		t.Errorf("highlights (-want +got):\n%s", diff)
	}
	facets := &searchv1.Facets{
		Categories: []*searchv1.Count{{Id: "fruit", Count: 2}, {Id: "drinks", Count: 1}}, Merchants: []*searchv1.Count{{Id: "m_aozora", Count: 3}},
		PriceBands: []*searchv1.PriceBand{{MinPrice: 0, MaxPrice: 1000, Count: 1}, {MinPrice: 2000, MaxPrice: 3000, Count: 2}}, InStock: 2, GroupOpen: 1,
	}
	if diff := cmp.Diff(facets, res.GetFacets(), protocmp.Transform()); diff != "" {
		t.Errorf("facets (-want +got):\n%s", diff)
	}
	if !w.search(ask("シャインマスカト")).GetCorrected() {
		t.Error("a query with an error is not told from one without")
	}
}

func TestSearchPages(t *testing.T) {
	w := start(t, stall()...)
	for name, req := range map[string]*searchv1.SearchRequest{
		"relevance": {Query: "りんご", PageSize: 2}, "price": {PageSize: 2, Sort: searchv1.Sort_SORT_PRICE_ASCENDING}, "all": {PageSize: 2},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []string
			total := w.search(req).GetTotal()
			for range 5 {
				res := w.search(req)
				seen = append(seen, names(res)...)
				if req.PageToken = res.GetNextPageToken(); req.PageToken == "" {
					break
				}
			}
			slices.Sort(seen)
			if int64(len(slices.Compact(seen))) != total {
				t.Errorf("pages show %v of %d", seen, total)
			}
		})
	}
}

// Every page says that the query was mended, also where looser words found more than what was nearly typed.
func TestSearchPagesAreCorrected(t *testing.T) {
	w := start(t, stall()...)
	req := &searchv1.SearchRequest{Query: "Aomory apples", PageSize: 1}
	for i := range 3 {
		res := w.search(req)
		if !res.GetCorrected() || len(res.GetHits()) != 1 {
			t.Errorf("page %d of %d: %v, corrected: %t", i, res.GetTotal(), names(res), res.GetCorrected())
		}
		req.PageToken = res.GetNextPageToken()
	}
	if req.PageToken != "" {
		t.Error("more than three pages")
	}
}

// Cases F4, F7: queries of any characters, page tokens and sizes.
func TestCaseF4F7SearchRefuses(t *testing.T) {
	w := start(t, stall()...)
	token := w.search(&searchv1.SearchRequest{Query: "りんご", PageSize: 1}).GetNextPageToken()
	for name, test := range map[string]struct {
		req  *searchv1.SearchRequest
		want fault.Reason
	}{
		"its own token":       {&searchv1.SearchRequest{Query: "りんご", PageSize: 1, PageToken: token}, ""},
		"another query's":     {&searchv1.SearchRequest{Query: "みかん", PageSize: 1, PageToken: token}, fault.PageTokenInvalid},
		"another order's":     {&searchv1.SearchRequest{Query: "りんご", Sort: searchv1.Sort_SORT_NEWEST, PageToken: token}, fault.PageTokenInvalid},
		"forged":              {&searchv1.SearchRequest{Query: "りんご", PageToken: "MTAgMA"}, fault.PageTokenInvalid},
		"too long":            {ask(strings.Repeat("り", 101)), fault.FieldInvalid},
		"page of -1":          {&searchv1.SearchRequest{PageSize: -1}, fault.FieldInvalid},
		"page of 101":         {&searchv1.SearchRequest{PageSize: 101}, fault.FieldInvalid},
		"prices upside down":  {&searchv1.SearchRequest{Filter: &searchv1.Filter{MinPrice: 2, MaxPrice: 1}}, fault.FieldInvalid},
		"a wrong category id": {&searchv1.SearchRequest{Filter: &searchv1.Filter{CategoryIds: []string{"Food!"}}}, fault.FieldInvalid},
		"marks alone":         {ask("!?*:~\"(\\"), ""},
		"decomposed":          {ask("り\u3099\u202eんこ\u200b👨‍👩‍👧ﾊﾞﾅﾅ"), ""},
		"control characters":  {ask("\x00\x01りんご"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.public().Search(t.Context(), test.req)
			if got := fault.ReasonOf(err); got != test.want {
				t.Errorf("refused with %q (%v), want %q", got, err, test.want)
			}
		})
	}
}

// A search is a GET that caches may hold.
func TestSearchIsCacheable(t *testing.T) {
	w := start(t, stall()...)
	for method, message := range map[string]string{"Search": `{"query":"りんご"}`, "Suggest": `{"prefix":"り"}`} {
		res, err := http.Get(w.base + "/issho.search.v1.SearchService/" + method + "?connect=v1&encoding=json&message=" + url.QueryEscape(message))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Cache-Control"), "public, max-age=") || !strings.Contains(string(body), "りんご") {
			t.Errorf("%s answers %d, %q, %s (%v)", method, res.StatusCode, res.Header.Get("Cache-Control"), body, err)
		}
	}
}

// Cases F1, F3: what is no message is refused.
func TestCaseF1F3MalformedIsRefused(t *testing.T) {
	w := start(t, stall()...)
	testenv.RefusesMalformed(t, w.As(testenv.User{ID: "hanako"}), w.base+searchv1connect.SearchServiceSearchProcedure, "query")
}
