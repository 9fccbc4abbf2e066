package main

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestUpdateCampaign(t *testing.T) {
	s := open(t)
	p, sister := s.sell("r1"), s.sell("r2")
	first := s.offer("c1", p)
	steps := []struct {
		name    string
		who     testenv.User
		etag    string // of which version
		change  func(*catalogv1.Campaign)
		want    fault.Reason
		version int64 // stored afterwards
	}{
		{"cheaper", minori, "1", func(c *catalogv1.Campaign) { c.Tiers[1].UnitPrice = yen(1500) }, "", 2},
		{"stale", minori, "1", func(c *catalogv1.Campaign) { c.Tiers[1].UnitPrice = yen(1400) }, fault.Conflict, 2},
		{"without etag", minori, "", func(*catalogv1.Campaign) {}, fault.Conflict, 2},
		{"another merchant", denki, "2", func(*catalogv1.Campaign) {}, fault.NotFound, 2},
		{"customer", hanako, "2", func(*catalogv1.Campaign) {}, fault.CallerNotAllowed, 2},
		{"absent", minori, "2", func(c *catalogv1.Campaign) { c.CampaignId = "cmp_aaaaaaaaaaaaaaaaaaaaaaaaaa" }, fault.NotFound, 2},
		{"no id", minori, "2", func(c *catalogv1.Campaign) { c.CampaignId = "" }, fault.NotFound, 2},
		{"other product", minori, "2", func(c *catalogv1.Campaign) {
			c.ProductId, c.Skus = sister.GetProductId(), []string{sister.GetVariants()[0].GetSku()}
		}, fault.FieldInvalid, 2},
		{"dearer with size", minori, "2", func(c *catalogv1.Campaign) { c.Tiers[1].UnitPrice = yen(2000) }, fault.FieldInvalid, 2},
		{"ended by the operator", operator, "2", func(c *catalogv1.Campaign) { c.State = catalogv1.State_STATE_ENDED }, "", 3},
		{"live again", minori, "3", func(c *catalogv1.Campaign) { c.State = catalogv1.State_STATE_LIVE }, fault.FieldInvalid, 3},
	}
	for _, step := range steps {
		t.Run(step.name, func(t *testing.T) {
			c := proto.CloneOf(first)
			c.Etag = step.etag
			step.change(c)
			_, err := s.admin(step.who).UpdateCampaign(s.ctx, &catalogv1.UpdateCampaignRequest{Campaign: c, Reason: step.name})
			refused(t, err, step.want)
			if doc := s.doc("campaigns/" + first.GetCampaignId()); doc["version"] != step.version {
				t.Errorf("version %v is stored, want %d", doc["version"], step.version)
			}
		})
	}
	if a := s.doc("audit/campaign:" + first.GetCampaignId() + "@3"); a["from"] != "LIVE" || a["to"] != "ENDED" || a["actor"] != "user/operator" {
		t.Errorf("audit document = %v", a)
	}
	s.verified()
}
