package programme

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/issho-shop/issho/internal/fault"
)

func TestGiveNeverPassesTheBudget(t *testing.T) {
	p := Programme{Budget: 100}
	for _, step := range []struct {
		give, given int64
		ok          bool
	}{{60, 60, true}, {50, 60, false}, {40, 100, true}, {1, 100, false}, {0, 100, false}} {
		if ok := p.Give(step.give); ok != step.ok || p.Given != step.given {
			t.Fatalf("Give(%d) = %v with %d given, want %v with %d", step.give, ok, p.Given, step.ok, step.given)
		}
	}
	p.TakeBack(60)
	if !p.Give(50) {
		t.Error("what was taken back cannot be given again")
	}
}

func TestPut(t *testing.T) {
	p := Programme{CampaignID: "cmp_1", Version: 3, MemberPoints: 1, Budget: 100, Given: 60}
	if err := p.Put(Programme{Budget: 59}); fault.ReasonOf(err) != fault.FieldInvalid || p.Version != 3 {
		t.Errorf("a budget below what is given: %v, version %d", err, p.Version)
	}
	if err := p.Put(Programme{CampaignID: "other", MemberPoints: 5, Budget: 60, Given: 7, Version: 9}); err != nil {
		t.Fatal(err)
	}
	want := Programme{CampaignID: "cmp_1", Version: 4, MemberPoints: 5, Budget: 60, Given: 60}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
