package heat

import (
	"context"
	"slices"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// mostIn is how many values Firestore compares with at once.
const mostIn = 30

// ByCampaigns reads the counts of campaigns and adds up each one's.
func ByCampaigns(ctx context.Context, c *firestore.Client, campaignIDs []string) (map[string]Heat, error) {
	sums := map[string]Heat{}
	for some := range slices.Chunk(campaignIDs, mostIn) {
		it := counts(c).Where("campaign_id", "in", some).Documents(ctx)
		err := firedb.Each(it, func(_ *firestore.DocumentRef, part Heat) error {
			sums[part.CampaignID] = sums[part.CampaignID].plus(part)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return sums, nil
}

func (h Heat) plus(part Heat) Heat {
	return Heat{part.CampaignID, h.OpenGroups + part.OpenGroups, h.Members + part.Members}
}

func counts(c *firestore.Client) *firestore.CollectionRef { return c.Collection("heat") }
