package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

// pages reads a list to its end and answers the ids of each page.
func (s *shop) pages(u testenv.User, category string, size int32) [][]string {
	s.t.Helper()
	var out [][]string
	req := &catalogv1.ListProductsRequest{CategoryId: category, PageSize: size}
	for range 10 {
		res, err := s.public(s.As(u)).ListProducts(s.ctx, req)
		if err != nil {
			s.t.Fatal(err)
		}
		var ids []string
		for _, p := range res.GetProducts() {
			ids = append(ids, p.GetProductId())
		}
		out = append(out, ids)
		if req.PageToken = res.GetNextPageToken(); req.PageToken == "" {
			return out
		}
	}
	s.t.Fatal("the list has no end")
	return nil
}

func TestListProducts(t *testing.T) {
	s := open(t)
	s.category("noodles", "food")
	s.sell("hidden", draft)
	var rice, noodles []string
	for i := range 4 {
		rice = append(rice, s.sell(fmt.Sprint("r", i)).GetProductId())
	}
	for i := range 2 {
		p := s.sell(fmt.Sprint("n", i), func(p *catalogv1.Product) { p.CategoryIds = []string{"noodles", "food"} })
		noodles = append(noodles, p.GetProductId())
	}
	tests := map[string]struct {
		category string
		size     int32
		want     []string
		pages    int
	}{
		"all at once":          {"", 0, slices.Concat(rice, noodles), 1},
		"all, two a page":      {"", 2, slices.Concat(rice, noodles), 3},
		"all, four a page":     {"", 4, slices.Concat(rice, noodles), 2},
		"one category, by two": {"rice", 2, rice, 2},
		"category above":       {"food", 3, slices.Concat(rice, noodles), 2},
		"empty category":       {"wine", 0, nil, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := s.pages(hanako, test.category, test.size)
			if len(got) != test.pages {
				t.Errorf("%d pages, want %d", len(got), test.pages)
			}
			want := slices.Sorted(slices.Values(test.want))
			if all := slices.Concat(got...); !slices.Equal(all, want) {
				t.Errorf("products %v, want %v", all, want)
			}
		})
	}
}

func TestListProductsStable(t *testing.T) {
	s := open(t)
	var first *catalogv1.Product
	for i := range 3 {
		first = s.sell(fmt.Sprint("r", i))
	}
	res, err := s.public(s.As(hanako)).ListProducts(s.ctx, &catalogv1.ListProductsRequest{PageSize: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.update(minori, first); err != nil { // whichever page it stands on, it keeps its place
		t.Fatal(err)
	}
	next, err := s.public(s.As(hanako)).ListProducts(s.ctx, &catalogv1.ListProductsRequest{PageSize: 2, PageToken: res.GetNextPageToken()})
	if err != nil || len(next.GetProducts()) != 1 || next.GetNextPageToken() != "" {
		t.Errorf("second page = %v, %v; want the third product alone", next, err)
	}
}

// Case F7: page tokens are the caller's and the query's, and sizes are bounded.
func TestCaseF7ListProductsToken(t *testing.T) {
	s := open(t)
	for i := range 3 {
		s.sell(fmt.Sprint("r", i))
	}
	res, err := s.public(s.As(hanako)).ListProducts(s.ctx, &catalogv1.ListProductsRequest{CategoryId: "rice", PageSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	token := res.GetNextPageToken()
	for name, test := range map[string]struct {
		who  testenv.User
		req  *catalogv1.ListProductsRequest
		want fault.Reason
	}{
		"hers":               {hanako, &catalogv1.ListProductsRequest{CategoryId: "rice", PageToken: token}, ""},
		"another customer's": {guest, &catalogv1.ListProductsRequest{CategoryId: "rice", PageToken: token}, fault.PageTokenInvalid},
		"another query's":    {hanako, &catalogv1.ListProductsRequest{CategoryId: "food", PageToken: token}, fault.PageTokenInvalid},
		"forged":             {hanako, &catalogv1.ListProductsRequest{CategoryId: "rice", PageToken: "prd_a"}, fault.PageTokenInvalid},
		"page of 101":        {hanako, &catalogv1.ListProductsRequest{PageSize: 101}, fault.FieldInvalid},
		"page of -1":         {hanako, &catalogv1.ListProductsRequest{PageSize: -1}, fault.FieldInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.public(s.As(test.who)).ListProducts(s.ctx, test.req)
			refused(t, err, test.want)
		})
	}
	_, err = s.public(s.As(hanako)).ListCampaigns(s.ctx, &catalogv1.ListCampaignsRequest{PageToken: token})
	refused(t, err, fault.PageTokenInvalid)
}
