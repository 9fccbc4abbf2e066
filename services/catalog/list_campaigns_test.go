package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

func TestListCampaigns(t *testing.T) {
	s := open(t)
	p, now := s.sell("r1"), s.Clock().Now()
	ends := func(in time.Duration) func(*catalogv1.Campaign) {
		return func(c *catalogv1.Campaign) {
			c.StartTime, c.EndTime = timestamppb.New(now.Add(-time.Hour)), timestamppb.New(now.Add(in))
		}
	}
	var want []string
	for i, in := range []time.Duration{time.Hour, 2 * time.Hour, 2 * time.Hour, 3 * time.Hour} {
		want = append(want, s.offer(fmt.Sprint("c", i), p, ends(in)).GetCampaignId())
	}
	slices.Sort(want[1:3]) // the same end: by id
	s.offer("draft", p, func(c *catalogv1.Campaign) { c.State = catalogv1.State_STATE_DRAFT })
	s.offer("over", p, func(c *catalogv1.Campaign) { c.EndTime = timestamppb.New(now.Add(-time.Minute)) })
	later := s.offer("later", p, func(c *catalogv1.Campaign) { c.StartTime = timestamppb.New(now.Add(90 * time.Minute)) })

	var got []string
	req := &catalogv1.ListCampaignsRequest{PageSize: 2}
	for {
		res, err := s.public(s.As(hanako)).ListCampaigns(s.ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		if !res.GetServerTime().IsValid() {
			t.Error("the answer does not tell the time")
		}
		for _, c := range res.GetCampaigns() {
			got = append(got, c.GetCampaignId())
		}
		if req.PageToken == "" {
			_, err := s.public(s.As(guest)).ListCampaigns(s.ctx, &catalogv1.ListCampaignsRequest{PageToken: res.GetNextPageToken()})
			refused(t, err, fault.PageTokenInvalid)
			s.Advance(100 * time.Minute) // the first ends, the later one begins
			want = append(want, later.GetCampaignId())
		}
		if req.PageToken = res.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("campaigns %v, want %v", got, want)
	}
}

// What is on a product that was taken back is not offered, though it goes on by itself.
func TestListsLeaveOutWhatIsOnNoLiveProduct(t *testing.T) {
	s := open(t)
	gone, stays := s.sell("r1"), s.sell("r2")
	campaigns := map[string]bool{s.offer("c1", gone).GetCampaignId(): false, s.offer("c2", stays).GetCampaignId(): true}
	deals := map[string]bool{}
	for p, stays := range map[*catalogv1.Product]bool{gone: false, stays: true} {
		d, err := s.makeDeal(minori, "d"+p.GetProductId(), s.daily(p))
		if err != nil {
			t.Fatal(err)
		}
		deals[d.GetDealId()] = stays
	}
	own, err := s.public(s.As(minori)).GetProduct(s.ctx, &catalogv1.GetProductRequest{ProductId: gone.GetProductId()}) // as the deal left it
	if err != nil {
		t.Fatal(err)
	}
	own.Product.State = catalogv1.State_STATE_ENDED
	if _, err := s.update(minori, own.GetProduct()); err != nil {
		t.Fatal(err)
	}
	listed, err := s.public(s.As(hanako)).ListCampaigns(s.ctx, &catalogv1.ListCampaignsRequest{})
	if err != nil || len(listed.GetCampaigns()) != 1 || !campaigns[listed.GetCampaigns()[0].GetCampaignId()] {
		t.Errorf("campaigns %v, %v; want that on the product that stays", listed, err)
	}
	on, err := s.public(s.As(hanako)).ListDeals(s.ctx, &catalogv1.ListDealsRequest{})
	if err != nil || len(on.GetDeals()) != 1 || !deals[on.GetDeals()[0].GetDealId()] {
		t.Errorf("deals %v, %v; want that on the product that stays", on, err)
	}
}
