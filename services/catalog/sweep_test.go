package main

import (
	"testing"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

func (s *shop) sweep(want int64) {
	s.t.Helper()
	res, err := s.internal("scheduler").Sweep(s.ctx, &catalogv1.SweepRequest{})
	if err != nil || res.GetCount() != want {
		s.t.Errorf("sweep = %v, %v; want %d", res, err, want)
	}
}

func TestSweep(t *testing.T) {
	s := open(t)
	old, fresh := s.sell("r1"), s.sell("r2")
	s.sweep(0)
	stamp := firestore.Update{Path: "changed_at", Value: time.Now().Add(-61 * time.Minute)}
	if _, err := s.db.Doc("changes/"+old.GetProductId()).Update(s.ctx, []firestore.Update{stamp}); err != nil {
		t.Fatal(err)
	}
	s.sweep(1)
	s.sweep(0)
	if s.doc("changes/"+old.GetProductId()) != nil || s.doc("changes/"+fresh.GetProductId()) == nil {
		t.Error("want the old entry of the feed gone, the fresh one kept")
	}
	s.Advance(7*24*time.Hour + time.Minute)
	s.sweep(2)
	if s.count("requests") != 0 || s.count("changes") != 1 || s.count("products") != 2 {
		t.Errorf("%d requests, %d changes, %d products; want 0, 1, 2", s.count("requests"), s.count("changes"), s.count("products"))
	}
	_, err := s.internal("order").Sweep(s.ctx, &catalogv1.SweepRequest{})
	refused(t, err, fault.CallerNotAllowed)
}
