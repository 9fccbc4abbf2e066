package e2e

import (
	"testing"

	"github.com/issho-shop/issho/e2e/shop"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

// A customer reads a campaign and starts a group for two: stock and the seat are held, the card is authorised, the group is
// OPEN, the answer holds an invite.
func TestStartGroup(t *testing.T) {
	t.Parallel()
	for _, wire := range shop.Wires {
		t.Run(string(wire), func(t *testing.T) {
			t.Parallel()
			p := starts(t, wire)
			seen := must(open.Client(wire, "").Catalog.GetCampaign(t.Context(), &catalogv1.GetCampaignRequest{CampaignId: p.goods.Campaign.GetCampaignId()}))(t)
			if got := seen.GetCampaign().GetTiers()[0].GetUnitPrice().GetAmount(); got != 1480 || seen.GetServerTime() == nil {
				t.Errorf("the campaign is shown at %d, at %v", got, seen.GetServerTime())
			}
			answered(t, p.first)
			stock(t, p.goods, 10, 1)
			charged(t, p.first.GetOrder().GetOrderId(), held, 0)
			row := must(open.GroupRow(t.Context(), p.first.GetGroup().GetGroupId()))(t)
			if row.State != "OPEN" || row.Confirmed != 1 || row.Held != 0 || row.LeaderID != p.hanako.ID {
				t.Errorf("group row %+v", row)
			}
		})
	}
}

// answered holds what the leader is told.
func answered(t *testing.T, res *orderv1.CheckoutResponse) {
	t.Helper()
	o, g := res.GetOrder(), res.GetGroup()
	if o.GetState() != orderv1.OrderState_ORDER_STATE_AWAITING_GROUP || o.GetAmounts().GetTotal().GetAmount() != held {
		t.Errorf("order %v of %v", o.GetState(), o.GetAmounts())
	}
	if g.GetState() != orderv1.GroupState_GROUP_STATE_OPEN || g.GetConfirmed() != 1 || g.GetMaxSize() != 2 {
		t.Errorf("group %v", g)
	}
	if o.GetAddress().GetPostalCode() != "150-0001" {
		t.Errorf("it goes to %v", o.GetAddress())
	}
	now, end := res.GetServerTime().AsTime(), g.GetDeadline().AsTime()
	if left := end.Sub(now).Hours(); left < 23.9 || left > 24 {
		t.Errorf("%.2f hours are left, want 24", left)
	}
	if res.GetInvite().GetToken() == "" || !res.GetInvite().GetExpireTime().AsTime().Equal(end) || res.GetNextAction() != nil {
		t.Errorf("invite %v, next action %v", res.GetInvite(), res.GetNextAction())
	}
}
