package programme

import (
	"context"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Of answers a campaign's programme; one of version 0, which gives nothing, when there is none.
func Of(ctx context.Context, r spandb.Reader, campaignID string) (Programme, error) {
	p, _, err := spandb.Get[Programme](ctx, r, "Programmes", spanner.Key{campaignID})
	p.CampaignID = campaignID
	return p, err
}

// Save answers the row of a new version with its audit row.
func (p Programme) Save(c Change) []*spanner.Mutation {
	return []*spanner.Mutation{
		spanner.InsertOrUpdate("Programmes", spandb.Columns[Programme](),
			[]any{p.CampaignID, p.Version, p.MemberPoints, p.LeaderPoints, p.InviterPoints, p.Budget, p.Given}),
		spanner.Insert("ProgrammeAudits",
			[]string{
				"CampaignId", "Version", "Actor", "Method", "Trace", "Reason",
				"MemberPoints", "LeaderPoints", "InviterPoints", "Budget", "CreatedAt",
			},
			[]any{
				p.CampaignID, p.Version, c.Actor, c.Method, c.Trace, c.Reason,
				p.MemberPoints, p.LeaderPoints, p.InviterPoints, p.Budget, c.At,
			}),
	}
}

// SaveGiven answers the row's counter after Give and TakeBack.
func (p Programme) SaveGiven() *spanner.Mutation {
	return spanner.Update("Programmes", []string{"CampaignId", "Given"}, []any{p.CampaignID, p.Given})
}
