package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/issho-shop/issho/internal/firedb"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/services/catalog/internal/campaign"
	"github.com/issho-shop/issho/services/catalog/internal/change"
	"github.com/issho-shop/issho/services/catalog/internal/heat"
)

var errGroupEvent = errors.New("a group event without its group, campaign, version or state")

// onGroupChanged counts how busy a campaign's groups are, whatever happened to one of them, and tells the feed when it is
// worth showing.
func (s *catalogServer) onGroupChanged(ctx context.Context, _ inbox.Event, m *orderv1.GroupEvent) error {
	if m.GetGroupId() == "" || m.GetCampaignId() == "" || m.GetVersion() < 1 || m.GetState() == orderv1.GroupState_GROUP_STATE_UNSPECIFIED {
		return inbox.Refuse(errGroupEvent)
	}
	old, err := heat.ByID(ctx, s.db, m.GetGroupId())
	if err != nil {
		return err
	}
	g := heatGroup(m)
	if !g.Newer(old) {
		return nil
	}
	if g.ProductID = old.ProductID; g.ProductID == "" {
		if g.ProductID, err = s.productOfCampaign(ctx, g.CampaignID); err != nil {
			return err
		}
	}
	writes := g.Put(s.db, old)
	if g.Shown(old) {
		writes = append(writes, heatChanged(g, "group/").Write(s.db))
	}
	return firedb.Change(ctx, s.db, writes...)
}

// heatChanged tells the feed of a group in a lane of its own, since many groups may change at once.
func heatChanged(g heat.Group, what string) change.Change {
	ch := change.Of(g.ProductID, what+g.ID, g.Version)
	ch.Lane = g.Lane()
	return ch
}

func heatGroup(m *orderv1.GroupEvent) heat.Group {
	g := heat.Group{
		ID: m.GetGroupId(), CampaignID: m.GetCampaignId(), State: strings.TrimPrefix(m.GetState().String(), "GROUP_STATE_"),
		Confirmed: int64(m.GetConfirmed()), Room: int64(m.GetMaxSize() - m.GetConfirmed() - m.GetHeld()), Version: m.GetVersion(),
	}
	g.Remember(timeOf(m.GetOccurTime()), timeOf(m.GetDeadline()))
	return g
}

func (s *catalogServer) productOfCampaign(ctx context.Context, campaignID string) (string, error) {
	c, ok, err := campaign.ByID(ctx, s.db, campaignID)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", fmt.Errorf("there is no campaign %s", campaignID)
	}
	return c.ProductID, nil
}
