package main

import (
	"net/http"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

func TestGetCampaign(t *testing.T) {
	s := open(t)
	p := s.sell("r1")
	live := s.offer("live", p).GetCampaignId()
	hidden := s.offer("draft", p, func(c *catalogv1.Campaign) { c.State = catalogv1.State_STATE_DRAFT }).GetCampaignId()
	later := s.offer("later", p, func(c *catalogv1.Campaign) { c.StartTime = timestamppb.New(s.Clock().Now().Add(time.Hour)) }).GetCampaignId()
	tests := map[string]struct {
		who  *http.Client
		id   string
		want fault.Reason
	}{
		"anyone, live":             {http.DefaultClient, live, ""},
		"anyone, absent":           {http.DefaultClient, "cmp_aaaaaaaaaaaaaaaaaaaaaaaaaa", fault.NotFound},
		"anyone, draft":            {http.DefaultClient, hidden, fault.NotFound},
		"anyone, not begun":        {http.DefaultClient, later, fault.NotFound},
		"its merchant, draft":      {s.As(minori), hidden, ""},
		"its merchant, not begun":  {s.As(minori), later, ""},
		"operator, draft":          {s.As(operator), hidden, ""},
		"another merchant, draft":  {s.As(denki), hidden, fault.NotFound},
		"another merchant, later":  {s.As(denki), later, fault.NotFound},
		"an expired-looking token": {&http.Client{Transport: badToken{}}, live, fault.TokenInvalid},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			res, err := s.public(test.who).GetCampaign(s.ctx, &catalogv1.GetCampaignRequest{CampaignId: test.id})
			refused(t, err, test.want)
			if err == nil && (res.GetCampaign().GetCampaignId() != test.id || res.GetProduct().GetProductId() != p.GetProductId() || !res.GetServerTime().IsValid()) {
				t.Errorf("answer = %v", res)
			}
		})
	}
	s.Advance(8 * 24 * time.Hour)
	_, err := s.public(http.DefaultClient).GetCampaign(s.ctx, &catalogv1.GetCampaignRequest{CampaignId: live})
	refused(t, err, fault.NotFound)
}

func TestGetCampaignOfHiddenProduct(t *testing.T) {
	s := open(t)
	p := s.sell("r1")
	c := s.offer("c1", p)
	p.State = catalogv1.State_STATE_DRAFT
	if _, err := s.update(minori, p); err != nil {
		t.Fatal(err)
	}
	_, err := s.public(s.As(hanako)).GetCampaign(s.ctx, &catalogv1.GetCampaignRequest{CampaignId: c.GetCampaignId()})
	refused(t, err, fault.NotFound)
}

// badToken sends what is no token.
type badToken struct{}

func (badToken) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer e30.e30.e30")
	return http.DefaultTransport.RoundTrip(r)
}
