package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func TestCreateCampaign(t *testing.T) {
	s := open(t)
	p := s.sell("r1")
	want := s.campaign(p)
	res, err := s.admin(minori).CreateCampaign(s.ctx, &catalogv1.CreateCampaignRequest{RequestId: "c1", Campaign: want, Reason: "autumn"})
	if err != nil {
		t.Fatal(err)
	}
	got := res.GetCampaign()
	want.CampaignId, want.MerchantId, want.Version, want.Etag, want.UpdateTime = got.GetCampaignId(), "m_minori", 1, got.GetEtag(), got.GetUpdateTime()
	want.StartTime = timestamppb.New(want.GetStartTime().AsTime().Truncate(time.Microsecond))
	want.EndTime = timestamppb.New(want.GetEndTime().AsTime().Truncate(time.Microsecond))
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("campaign (-want +got):\n%s", diff)
	}
	if a := s.doc("audit/campaign:" + got.GetCampaignId() + "@1"); a["actor"] != "user/keeper_minori" || a["reason"] != "autumn" || a["to"] != "LIVE" {
		t.Errorf("audit document = %v", a)
	}
	again, err := s.admin(minori).CreateCampaign(s.ctx, &catalogv1.CreateCampaignRequest{RequestId: "c1", Campaign: s.campaign(p, func(c *catalogv1.Campaign) {
		c.StartTime, c.EndTime = timestamppb.Now(), timestamppb.New(time.Now().Add(time.Hour))
	}), Reason: "autumn"})
	refused(t, err, fault.RequestIDReused)
	if again != nil || s.count("campaigns") != 1 {
		t.Errorf("other content: %v, %d campaigns stored", again, s.count("campaigns"))
	}
	s.verified()
}

func TestCreateCampaignAgain(t *testing.T) {
	s := open(t)
	req := &catalogv1.CreateCampaignRequest{RequestId: "c1", Campaign: s.campaign(s.sell("r1")), Reason: "autumn"}
	first, err := s.admin(minori).CreateCampaign(s.ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.admin(minori).CreateCampaign(s.ctx, req)
	if diff := cmp.Diff(first, again, protocmp.Transform()); err != nil || diff != "" {
		t.Errorf("the repeat: %v (-first +again):\n%s", err, diff)
	}
}

func TestCreateCampaignDefaultWindow(t *testing.T) {
	s := open(t)
	c := s.offer("c1", s.sell("r1"), func(c *catalogv1.Campaign) { c.Window = nil })
	if got := c.GetWindow().AsDuration(); got != 24*time.Hour {
		t.Errorf("window %v, want 24h", got)
	}
}

func TestCreateCampaignRefused(t *testing.T) {
	s := open(t)
	p, sister, hidden := s.sell("r1"), s.sell("r2"), s.sell("r3", draft)
	tests := map[string]struct {
		who    testenv.User
		of     *catalogv1.Product
		change func(*catalogv1.Campaign)
		want   fault.Reason
	}{
		"customer":                 {hanako, p, func(*catalogv1.Campaign) {}, fault.CallerNotAllowed},
		"another merchant":         {denki, p, func(*catalogv1.Campaign) {}, fault.NotFound},
		"operator":                 {operator, p, func(*catalogv1.Campaign) {}, ""},
		"absent product":           {minori, p, func(c *catalogv1.Campaign) { c.ProductId = "prd_aaaaaaaaaaaaaaaaaaaaaaaaaa" }, fault.NotFound},
		"another product's SKU":    {minori, p, func(c *catalogv1.Campaign) { c.Skus = []string{sister.GetVariants()[0].GetSku()} }, fault.FieldInvalid},
		"no SKU":                   {minori, p, func(c *catalogv1.Campaign) { c.Skus = nil }, fault.FieldInvalid},
		"product is a draft":       {minori, hidden, func(*catalogv1.Campaign) {}, fault.FieldInvalid},
		"draft on a draft":         {minori, hidden, func(c *catalogv1.Campaign) { c.State = catalogv1.State_STATE_DRAFT }, ""},
		"one member":               {minori, p, func(c *catalogv1.Campaign) { c.MinSize = 1 }, fault.FieldInvalid},
		"max below min":            {minori, p, func(c *catalogv1.Campaign) { c.MinSize, c.MaxSize = 5, 4 }, fault.FieldInvalid},
		"no tier":                  {minori, p, func(c *catalogv1.Campaign) { c.Tiers = nil }, fault.FieldInvalid},
		"first tier above min":     {minori, p, func(c *catalogv1.Campaign) { c.MinSize, c.Tiers[0].Size = 2, 3 }, fault.FieldInvalid},
		"last tier above max":      {minori, p, func(c *catalogv1.Campaign) { c.Tiers[1].Size = 11 }, fault.FieldInvalid},
		"prices rise":              {minori, p, func(c *catalogv1.Campaign) { c.Tiers[1].UnitPrice = yen(1981) }, fault.FieldInvalid},
		"prices stay":              {minori, p, func(c *catalogv1.Campaign) { c.Tiers[1].UnitPrice = yen(1980) }, fault.FieldInvalid},
		"sizes fall":               {minori, p, func(c *catalogv1.Campaign) { c.MinSize, c.Tiers[0].Size, c.Tiers[1].Size = 4, 4, 3 }, fault.FieldInvalid},
		"49 yen":                   {minori, p, func(c *catalogv1.Campaign) { c.Tiers[1].UnitPrice = yen(49) }, fault.FieldInvalid},
		"50 yen":                   {minori, p, func(c *catalogv1.Campaign) { c.Tiers[1].UnitPrice = yen(50) }, ""},
		"dollars":                  {minori, p, func(c *catalogv1.Campaign) { c.Tiers[0].UnitPrice.Currency = "USD" }, fault.FieldInvalid},
		"window of 9 minutes":      {minori, p, func(c *catalogv1.Campaign) { c.Window = durationpb.New(9 * time.Minute) }, fault.FieldInvalid},
		"window of 5 days":         {minori, p, func(c *catalogv1.Campaign) { c.Window = durationpb.New(5 * 24 * time.Hour) }, ""},
		"window over 5 days":       {minori, p, func(c *catalogv1.Campaign) { c.Window = durationpb.New(5*24*time.Hour + time.Second) }, fault.FieldInvalid},
		"ends before it starts":    {minori, p, func(c *catalogv1.Campaign) { c.EndTime = c.StartTime }, fault.FieldInvalid},
		"eleven units in an order": {minori, p, func(c *catalogv1.Campaign) { c.MaxUnitsPerOrder = 11 }, fault.FieldInvalid},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := s.admin(test.who).CreateCampaign(s.ctx, &catalogv1.CreateCampaignRequest{
				RequestId: name, Campaign: s.campaign(test.of, test.change), Reason: "test",
			})
			refused(t, err, test.want)
		})
	}
	if n := s.count("campaigns"); n != 4 {
		t.Errorf("%d campaigns are stored, want the 4 that were not refused", n)
	}
	s.verified()
}

// Campaigns that are over stay live until somebody ends them: a page reads none of them, however many its product has had.
func TestCampaignsThatAreOverAreNotRead(t *testing.T) {
	s := open(t)
	p := s.sell("r1")
	_, err := s.db.Doc("campaigns/over").Set(s.ctx, map[string]any{
		"product_id": p.GetProductId(), "state": "LIVE", "end_time": s.Clock().Now().Add(-time.Second), "min_size": "whoever reads it fails",
	})
	if err != nil {
		t.Fatal(err)
	}
	c := s.offer("r2", p)
	got, err := s.public(s.As(hanako)).GetProduct(s.ctx, &catalogv1.GetProductRequest{ProductId: p.GetProductId()})
	if err != nil || len(got.GetCampaigns()) != 1 || got.GetCampaigns()[0].GetCampaignId() != c.GetCampaignId() {
		t.Errorf("campaigns = %v, %v; want the one that runs", got.GetCampaigns(), err)
	}
}
