package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/id"
)

const viewID = "0192f0c1-7a53-7cc0-8000-0123456789ab"

func TestRecordViews(t *testing.T) {
	s := open(t)
	product, campaign, earlier := id.New("prd"), id.New("cmp"), s.Clock().Now().Add(-time.Hour)
	req := &catalogv1.RecordViewsRequest{Views: []*catalogv1.View{
		{ViewId: viewID, Page: &catalogv1.View_ProductId{ProductId: product}, ViewTime: timestamppb.New(earlier)},
		{ViewId: strings.Replace(viewID, "ab", "ac", 1), Page: &catalogv1.View_CampaignId{CampaignId: campaign}, ViewTime: timestamppb.New(earlier.AddDate(0, -1, 0))},
	}}
	for range 2 {
		if _, err := s.public(s.As(hanako)).RecordViews(s.ctx, req); err != nil {
			t.Fatal(err)
		}
	}
	events := s.Events()
	if len(events) != 4 || events[0].Attributes["ce-id"] != events[2].Attributes["ce-id"] || events[0].Attributes["ce-id"] == events[1].Attributes["ce-id"] {
		t.Fatalf("told %v; want each view by one id, both times", events)
	}
	var first, second typev1.VisitEvent
	events[0].Decode(t, &first)
	events[1].Decode(t, &second)
	if first.GetProductId() != product || first.GetCustomerId() != "hanako" || !first.GetOccurTime().AsTime().Equal(earlier) || events[0].Topic != "visit" {
		t.Errorf("told %v of %v", events[0], &first)
	}
	if age := s.Clock().Now().Sub(second.GetOccurTime().AsTime()); second.GetCampaignId() != campaign || age > time.Minute {
		t.Errorf("told %v, a view of last month: it counts as one of today", &second)
	}
	if strings.Contains(fmt.Sprint(events), viewID) {
		t.Errorf("the app's own id leaves the shop: %v", events)
	}
}

func TestRecordViewsNeverFailsByPubSub(t *testing.T) {
	s := open(t)
	s.Break("visit", true)
	req := &catalogv1.RecordViewsRequest{Views: []*catalogv1.View{{ViewId: viewID, Page: &catalogv1.View_ProductId{ProductId: id.New("prd")}}}}
	if _, err := s.public(s.As(guest)).RecordViews(s.ctx, req); err != nil {
		t.Errorf("refused: %v", err)
	}
}

func TestRecordViewsRefusesWhatIsNoView(t *testing.T) {
	s := open(t)
	for name, v := range map[string]*catalogv1.View{
		"no page":     {ViewId: viewID},
		"no id":       {Page: &catalogv1.View_ProductId{ProductId: id.New("prd")}},
		"an address":  {ViewId: "hanako@example.com", Page: &catalogv1.View_ProductId{ProductId: id.New("prd")}},
		"other thing": {ViewId: viewID, Page: &catalogv1.View_ProductId{ProductId: "渋谷区"}},
	} {
		_, err := s.public(s.As(guest)).RecordViews(s.ctx, &catalogv1.RecordViewsRequest{Views: []*catalogv1.View{v}})
		if fault.ReasonOf(err) != fault.FieldInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if events := s.Events(); len(events) != 0 {
		t.Errorf("told %v", events)
	}
}
