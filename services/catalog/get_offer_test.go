package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
)

func TestGetOffer(t *testing.T) {
	s := open(t)
	p := s.sell("r1")
	c := s.offer("c1", p, func(c *catalogv1.Campaign) {
		c.Skus = []string{p.GetVariants()[0].GetSku(), p.GetVariants()[1].GetSku()}
	})
	res, err := s.internal("order").GetOffer(s.ctx, &catalogv1.GetOfferRequest{CampaignId: c.GetCampaignId()})
	if err != nil {
		t.Fatal(err)
	}
	want := &catalogv1.GetOfferResponse{Campaign: c, Variants: []*catalogv1.PricedVariant{priced(p, 0), priced(p, 1)}}
	if diff := cmp.Diff(want, res, protocmp.Transform()); diff != "" {
		t.Errorf("offer (-want +got):\n%s", diff)
	}

	p.Variants = p.GetVariants()[1:]
	p, err = s.update(minori, p)
	if err != nil {
		t.Fatal(err)
	}
	res, err = s.internal("order").GetOffer(s.ctx, &catalogv1.GetOfferRequest{CampaignId: c.GetCampaignId()})
	if diff := cmp.Diff([]*catalogv1.PricedVariant{priced(p, 0)}, res.GetVariants(), protocmp.Transform()); err != nil || diff != "" {
		t.Errorf("after a variant left: %v (-want +got):\n%s", err, diff)
	}

	p.State = catalogv1.State_STATE_ENDED
	if _, err := s.update(minori, p); err != nil {
		t.Fatal(err)
	}
	_, err = s.internal("order").GetOffer(s.ctx, &catalogv1.GetOfferRequest{CampaignId: c.GetCampaignId()})
	refused(t, err, fault.CampaignNotLive)
	s.verified()
}

// priced is what checkout reads of p's variant number i.
func priced(p *catalogv1.Product, i int) *catalogv1.PricedVariant {
	v := p.GetVariants()[i]
	return &catalogv1.PricedVariant{
		Sku: v.GetSku(), ProductId: p.GetProductId(), MerchantId: p.GetMerchantId(), Title: p.GetTitle(), Options: v.GetOptions(),
		Price: v.GetPrice(), TaxPercent: v.GetTaxPercent(), ProductVersion: p.GetVersion(),
	}
}

func TestGetOfferRefused(t *testing.T) {
	s := open(t)
	p := s.sell("r1")
	live := s.offer("live", p).GetCampaignId()
	hidden := s.offer("draft", p, func(c *catalogv1.Campaign) { c.State = catalogv1.State_STATE_DRAFT }).GetCampaignId()
	later := s.offer("later", p, func(c *catalogv1.Campaign) { c.StartTime = timestamppb.New(s.Clock().Now().Add(time.Hour)) }).GetCampaignId()
	for name, test := range map[string]struct {
		who  *http.Client
		id   string
		want fault.Reason
	}{
		"order":             {s.AsService("order"), live, ""},
		"absent":            {s.AsService("order"), "cmp_aaaaaaaaaaaaaaaaaaaaaaaaaa", fault.CampaignNotLive},
		"draft":             {s.AsService("order"), hidden, fault.CampaignNotLive},
		"not begun":         {s.AsService("order"), later, fault.CampaignNotLive},
		"cart may not ask":  {s.AsService("cart"), live, fault.CallerNotAllowed},
		"nor a customer":    {s.As(hanako), live, fault.CallerNotAllowed},
		"nor an operator":   {s.As(operator), live, fault.CallerNotAllowed},
		"nor nobody at all": {http.DefaultClient, live, fault.TokenMissing},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := catalogv1connect.NewCatalogInternalServiceClient(test.who, s.base).GetOffer(s.ctx, &catalogv1.GetOfferRequest{CampaignId: test.id})
			refused(t, err, test.want)
			if test.want == fault.CampaignNotLive && fault.Meta(err, "campaign_id") != test.id {
				t.Errorf("the refusal names campaign %q, want %q", fault.Meta(err, "campaign_id"), test.id)
			}
		})
	}
	s.Advance(8 * 24 * time.Hour)
	_, err := s.internal("order").GetOffer(s.ctx, &catalogv1.GetOfferRequest{CampaignId: live})
	refused(t, err, fault.CampaignNotLive)
}
