package hold

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRounds(t *testing.T) {
	now := time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC)
	h := Hold{OrderID: "ord_1"}
	h.Take("hanako", 30, now)
	due := now.Add(2 * time.Minute)
	want := Hold{OrderID: "ord_1", CustomerID: "hanako", Points: 30, State: Held, Round: 1, CheckAt: &due}
	if diff := cmp.Diff(want, h); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
	h.End(Released)
	if h.State != Released || h.CheckAt != nil {
		t.Errorf("released: %+v", h)
	}
	h.Take("hanako", 40, now)
	if h.Round != 2 || h.Points != 40 || h.State != Held {
		t.Errorf("taken again: %+v", h)
	}
}
