package main

import (
	"fmt"
	"testing"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

// What somebody did as a merchant is shown page by page, and stays in the audit; the request ids go. A repeat erases nothing.
func TestExportAndEraseUser(t *testing.T) {
	s := open(t)
	p := s.sell("r1")
	for i := range exportPage {
		p.Title.En = fmt.Sprint("Rice ", i)
		var err error
		if p, err = s.update(minori, p); err != nil {
			t.Fatal(err)
		}
	}
	req := &catalogv1.ExportUserRequest{CustomerId: minori.ID}
	versions := map[string]bool{}
	for page := 1; ; page++ {
		res, err := s.internal("user").ExportUser(s.ctx, req)
		if err != nil || page > 2 {
			t.Fatalf("page %d: %v", page, err)
		}
		for _, r := range res.GetRecords() {
			versions[r.GetJson()] = true
		}
		if req.PageToken = res.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	if len(versions) != exportPage+1 {
		t.Errorf("%d changes were shown, want %d", len(versions), exportPage+1)
	}
	requests := s.count("requests")
	for _, want := range []int64{1, 0} {
		res, err := s.internal("user").EraseUser(s.ctx, &catalogv1.EraseUserRequest{CustomerId: minori.ID})
		if err != nil || res.GetErased() != want || res.GetKept() != exportPage+1 {
			t.Errorf("erase = %v, %v; want %d erased, %d kept", res, err, want, exportPage+1)
		}
	}
	if s.count("requests") != requests-1 || s.doc("products/"+p.GetProductId()) == nil {
		t.Errorf("%d requests of %d are left; the product must stay", s.count("requests"), requests)
	}
	_, err := s.internal("order").EraseUser(s.ctx, &catalogv1.EraseUserRequest{CustomerId: minori.ID})
	refused(t, err, fault.CallerNotAllowed)
	s.verified()
}
