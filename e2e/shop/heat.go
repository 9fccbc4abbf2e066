package shop

import (
	"context"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/firedb"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
)

// heat: what catalog counts for a campaign's heat is what order last told of each group, both ways. That a campaign's counts
// are the sum of these is for catalog's own check. Order tells nothing of a group before its leader has paid; catalog forgets
// one that was decided long ago.
func (s *Shop) heat(ctx context.Context) ([]*typev1.Finding, error) {
	f := finding("I15 catalog counts the groups of order")
	groups, err := every[struct {
		ID         string           `spanner:"GroupId"`
		CampaignID string           `spanner:"CampaignId"`
		State      string           `spanner:"State"`
		Confirmed  int64            `spanner:"Confirmed"`
		Deadline   spanner.NullTime `spanner:"Deadline"`
		Version    int64            `spanner:"Version"`
	}](ctx, s.orders, "BuyerGroups")
	if err != nil {
		return nil, err
	}
	type group struct {
		CampaignID string `firestore:"campaign_id"`
		State      string `firestore:"state"`
		Confirmed  int64  `firestore:"confirmed"`
		Version    int64  `firestore:"version"`
	}
	counted := map[string]group{}
	err = firedb.Each(s.shelves.Collection("groups").Documents(ctx), func(ref *firestore.DocumentRef, g group) error {
		counted[ref.ID] = g
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		got, ok := counted[g.ID]
		delete(counted, g.ID)
		if !ok {
			f.hold(!g.Deadline.Valid || over(g.State), "%s is %s in order, and unknown to catalog", g.ID, g.State)
			continue
		}
		f.hold(got.CampaignID == g.CampaignID && got.Confirmed == g.Confirmed && got.Version <= g.Version && told(got.State, g.State),
			"%s is %s@%d with %d members in order, %s@%d with %d in catalog", g.ID, g.State, g.Version, g.Confirmed, got.State, got.Version, got.Confirmed)
	}
	for id := range counted {
		f.hold(false, "%s counts in catalog, and is no group of order", id)
	}
	return []*typev1.Finding{f.Finding}, nil
}

func over(state string) bool {
	switch state {
	case "SETTLED", "EXPIRED", "CANCELLED", "CLOSED":
		return true
	}
	return false
}

// told tells whether a state is what order told last of a group that stands in another: it is silent about the end of the
// deadline, and about closing what was over.
func told(last, now string) bool {
	return last == now || now == "CLOSING" && last == "OPEN" || now == "CLOSED" && over(last)
}
