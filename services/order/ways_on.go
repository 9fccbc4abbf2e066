package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/group"
)

// waysOnGroups is how many other groups a loser is shown.
const waysOnGroups = 5

// withWaysOn adds to the refusal of somebody who lost a seat what can be done instead. It is a courtesy: what cannot be
// found out is left out.
func (s *server) withWaysOn(ctx context.Context, err error, req *orderv1.CheckoutRequest) error {
	var refused *fault.Error
	if !errors.As(err, &refused) {
		return err
	}
	switch refused.Reason() {
	case fault.GroupFull, fault.GroupOver, fault.SoldOut:
	default:
		return err
	}
	campaign, sku := s.wanted(ctx, req)
	if campaign == "" {
		return err
	}
	now := s.clock.Now()
	ways := &orderv1.WaysOn{CampaignId: campaign, ServerTime: timestamppb.New(now)}
	s.addOffer(ctx, ways, sku)
	for _, g := range s.others(ctx, campaign, now) {
		ways.Groups = append(ways.Groups, &orderv1.OpenGroup{Group: groupMessage(g), Invite: s.inviteMessage(g, "", now)})
	}
	return refused.Attach(ways)
}

// others answers other groups of a campaign that have a free seat.
func (s *server) others(ctx context.Context, campaign string, now time.Time) (groups []*group.Group) {
	err := s.db.Snapshot(ctx, func(ctx context.Context, r spandb.Reader) (err error) {
		groups, _, err = joinable(ctx, r, campaign, nil, now, 2*waysOnGroups) // some may be over and not swept
		return err
	})
	if err != nil {
		slog.WarnContext(ctx, "a loser was shown no other groups", "campaign_id", campaign, "error", err)
	}
	return groups[:min(len(groups), waysOnGroups)]
}

// joinable reads the next limit groups of a campaign that have a free seat, answers those of them that can be joined at the
// time given, and the place of the last one read: nil when there are no more.
func joinable(ctx context.Context, r spandb.Reader, campaign string, after *group.Hot, now time.Time, limit int) ([]*group.Group, *group.Hot, error) {
	places, err := group.JoinableOf(ctx, r, campaign, after, limit)
	if err != nil || len(places) == 0 {
		return nil, nil, err
	}
	var ids []string
	for _, p := range places {
		ids = append(ids, p.GroupID)
	}
	groups, err := group.Of(ctx, r, ids)
	groups = slices.DeleteFunc(groups, func(g *group.Group) bool { return !g.Joinable(now) })
	if len(places) < limit {
		return groups, nil, err
	}
	return groups, &places[limit-1], err
}

// wanted answers the campaign and the SKU that a checkout was about; empty when it was about a cart.
func (s *server) wanted(ctx context.Context, req *orderv1.CheckoutRequest) (campaign, sku string) {
	if start := req.GetStart(); start != nil {
		return start.GetCampaignId(), start.GetSku()
	}
	invite, err := s.invites.Open(req.GetJoin().GetInviteToken(), time.Now())
	if err != nil {
		return "", ""
	}
	g, ok, err := group.Read(ctx, s.db.Single(), invite.GroupID)
	if err != nil || !ok {
		return "", ""
	}
	return g.CampaignID, req.GetJoin().GetSku()
}

// addOffer says whether a group can be started, and what one pays alone.
func (s *server) addOffer(ctx context.Context, ways *orderv1.WaysOn, sku string) {
	res, err := s.catalog.GetOffer(ctx, &catalogv1.GetOfferRequest{CampaignId: ways.GetCampaignId()})
	if err != nil {
		return
	}
	ways.CanStart = true
	for _, v := range res.GetVariants() {
		if v.GetSku() == sku {
			ways.SoloPrice = v.GetPrice()
		}
	}
}
