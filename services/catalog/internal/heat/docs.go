package heat

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// ByID reads what is known of a group, zero where nothing is.
func ByID(ctx context.Context, c *firestore.Client, id string) (Group, error) {
	g, stored, _, err := firedb.Get[Group](ctx, groups(c).Doc(id))
	g.Stored = stored
	return g, err
}

// Put answers the writes that store g in the place of old, and count the difference.
func (g Group) Put(c *firestore.Client, old Group) []firedb.Write {
	store := firedb.Create(groups(c).Doc(g.ID), g)
	if !old.Stored.IsZero() {
		store = firedb.Replace(groups(c).Doc(g.ID), g, old.Stored)
	}
	return append([]firedb.Write{store}, g.add(c, old)...)
}

// Forget answers the writes after which g is neither remembered nor counted.
func (g Group) Forget(c *firestore.Client) []firedb.Write {
	gone := Group{ID: g.ID, CampaignID: g.CampaignID}
	return append([]firedb.Write{firedb.Delete(groups(c).Doc(g.ID), g.Stored)}, gone.add(c, g)...)
}

func (g Group) add(c *firestore.Client, old Group) []firedb.Write {
	wasOpen, was := old.counts()
	isOpen, is := g.counts()
	if wasOpen == isOpen && was == is {
		return nil
	}
	part := counts(c).Doc(fmt.Sprintf("%s~%d", g.CampaignID, g.Lane()))
	return []firedb.Write{firedb.Merge(part, map[string]any{
		"campaign_id": g.CampaignID, "open_groups": firestore.Increment(isOpen - wasOpen), "members": firestore.Increment(is - was),
	})}
}

// Old reads up to limit groups that are to be forgotten at now.
func Old(ctx context.Context, c *firestore.Client, now time.Time, limit int) ([]Group, error) {
	snaps, err := groups(c).Where("expire_time", "<", now).Limit(limit).Documents(ctx).GetAll()
	if err != nil {
		return nil, firedb.Fault(err)
	}
	var found []Group
	for _, snap := range snaps {
		var g Group
		if err := snap.DataTo(&g); err != nil {
			return nil, err
		}
		g.Stored = snap.UpdateTime
		found = append(found, g)
	}
	return found, nil
}

// Known reads every group and every campaign's counts in a snapshot, for Verify.
func Known(tx *firestore.Transaction, c *firestore.Client) ([]Group, map[string]Heat, error) {
	all, err := firedb.All[Group](tx.Documents(groups(c)))
	if err != nil {
		return nil, nil, err
	}
	sums := map[string]Heat{}
	err = firedb.Each(tx.Documents(counts(c)), func(_ *firestore.DocumentRef, part Heat) error {
		sums[part.CampaignID] = sums[part.CampaignID].plus(part)
		return nil
	})
	return all, sums, err
}

// Sum is what the counts of campaigns must be, given all their groups.
func Sum(all []Group) map[string]Heat {
	sums := map[string]Heat{}
	for _, g := range all {
		open, members := g.counts()
		sums[g.CampaignID] = sums[g.CampaignID].plus(Heat{g.CampaignID, open, members})
	}
	return sums
}

func groups(c *firestore.Client) *firestore.CollectionRef { return c.Collection("groups") }
