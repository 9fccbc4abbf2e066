package main

import (
	"net/http"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
)

func TestJoinableGroupsPageAsTheyStood(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(3, 4, 100)
	cold, hot := s.buy("a", start(c)), s.buy("b", start(c))
	full, warm := s.buy("c", start(c)), s.buy("d", start(c))
	for _, user := range []string{"e", "f"} {
		s.buy(user, join(c, hot.GetInvite()))
	}
	for _, user := range []string{"g", "h", "i"} {
		s.buy(user, join(c, full.GetInvite()))
	}
	s.buy("j", join(c, warm.GetInvite()))
	s.buy("k", start(s.campaign(2, 2, 10))) // another campaign's
	anybody := orderv1connect.NewOrderServiceClient(http.DefaultClient, s.base)
	var got []string
	req := &orderv1.ListJoinableGroupsRequest{CampaignId: c.GetCampaignId(), PageSize: 1}
	for {
		res, err := anybody.ListJoinableGroups(t.Context(), req)
		if err != nil || res.GetServerTime() == nil {
			t.Fatalf("page %d = %v, %v", len(got), res, err)
		}
		for _, g := range res.GetGroups() {
			got = append(got, g.GetGroup().GetGroupId())
			if g.GetInvite().GetToken() == "" {
				t.Errorf("%s cannot be joined", g.GetGroup().GetGroupId())
			}
		}
		if len(got) == 1 { // what happens between the pages changes none of them
			s.buy("l", join(c, cold.GetInvite()))
			s.buy("m", join(c, cold.GetInvite()))
		}
		if req.PageToken = res.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	want := []string{hot.GetGroup().GetGroupId(), warm.GetGroup().GetGroupId(), cold.GetGroup().GetGroupId()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	s.w.Advance(24 * time.Hour)
	res, err := anybody.ListJoinableGroups(t.Context(), &orderv1.ListJoinableGroupsRequest{CampaignId: c.GetCampaignId()})
	if err != nil || len(res.GetGroups()) != 0 {
		t.Errorf("after their deadline: %v, %v", res, err)
	}
}

func TestAPageTokenIsOfOneCampaign(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	s.buy("a", start(c))
	s.buy("b", start(c))
	res, err := s.as("c").ListJoinableGroups(t.Context(), &orderv1.ListJoinableGroupsRequest{CampaignId: c.GetCampaignId(), PageSize: 1})
	if err != nil || res.GetNextPageToken() == "" {
		t.Fatal(res, err)
	}
	_, err = s.as("c").ListJoinableGroups(t.Context(), &orderv1.ListJoinableGroupsRequest{CampaignId: id.New("cmp"), PageToken: res.GetNextPageToken()})
	wantReason(t, err, fault.PageTokenInvalid, connect.CodeInvalidArgument)
}
