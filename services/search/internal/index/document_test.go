package index

import (
	"testing"
	"time"
)

func TestEqual(t *testing.T) {
	now := time.Unix(1000, 0)
	on := func(members int64) Offer {
		return Offer{CampaignID: "c1", End: 2000, Price: 500, OpenGroups: 1, Members: members}
	}
	over := Offer{CampaignID: "c0", End: 1000, Price: 400}
	for name, test := range map[string]struct {
		a, b []Offer
		want bool
	}{
		"the same":              {[]Offer{on(2)}, []Offer{on(2)}, true},
		"one that is over":      {[]Offer{over, on(2)}, []Offer{on(2)}, true},
		"only one that is over": {[]Offer{over}, nil, true},
		"a member more":         {[]Offer{on(2)}, []Offer{on(3)}, true},
		"more than twice":       {[]Offer{on(2)}, []Offer{on(5)}, false},
		"none any more":         {[]Offer{on(1)}, []Offer{on(0)}, false},
		"another campaign":      {[]Offer{on(2)}, nil, false},
	} {
		a, b := Document{ID: "p", Read: 1, Offers: test.a}, Document{ID: "p", Read: 2, Offers: test.b}
		if a.Equal(b, now) != test.want || b.Equal(a, now) != test.want {
			t.Errorf("%s: %t, %t; want %t", name, a.Equal(b, now), b.Equal(a, now), test.want)
		}
	}
	if (Document{ID: "p", Version: 1}).Equal(Document{ID: "p", Version: 2}, now) {
		t.Error("another version says the same")
	}
}
