package main

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

// daily is a deal on p's first variant that holds from an hour ago for twelve hours.
func (s *shop) daily(p *catalogv1.Product, change ...func(*catalogv1.Deal)) *catalogv1.Deal {
	now := s.Clock().Now()
	d := &catalogv1.Deal{
		ProductId: p.GetProductId(), Title: &typev1.LocalisedText{Ja: "本日の特価", En: "Deal of the day"}, Skus: []string{p.GetVariants()[0].GetSku()},
		Price: yen(1500), StartTime: timestamppb.New(now.Add(-time.Hour)), EndTime: timestamppb.New(now.Add(11 * time.Hour)),
	}
	for _, f := range change {
		f(d)
	}
	return d
}

func (s *shop) makeDeal(u testenv.User, requestID string, d *catalogv1.Deal) (*catalogv1.Deal, error) {
	res, err := s.admin(u).CreateDeal(s.ctx, &catalogv1.CreateDealRequest{RequestId: requestID, Deal: d, Reason: "test"})
	return res.GetDeal(), err
}

// priceNow is what checkout reads.
func (s *shop) priceNow(sku string) int64 {
	s.t.Helper()
	res, err := s.internal("cart").GetVariants(s.ctx, &catalogv1.GetVariantsRequest{Skus: []string{sku}})
	if err != nil || len(res.GetVariants()) != 1 {
		s.t.Fatalf("variants = %v, %v", res, err)
	}
	return res.GetVariants()[0].GetPrice().GetAmount()
}

func TestDeal(t *testing.T) {
	s := open(t)
	p := s.sell("r1")
	sku := p.GetVariants()[0].GetSku()
	d, err := s.makeDeal(minori, "d1", s.daily(p))
	if err != nil || d.GetState() != catalogv1.State_STATE_LIVE || d.GetMerchantId() != "m_minori" {
		t.Fatalf("deal = %v, %v", d, err)
	}
	if again, err := s.makeDeal(minori, "d1", s.daily(p)); err == nil && !proto.Equal(again, d) {
		t.Errorf("the repeat made %v", again)
	}
	if got := s.priceNow(sku); got != 1500 {
		t.Errorf("checkout reads %d yen, want the deal's 1500", got)
	}
	listed := func() []*catalogv1.Deal {
		t.Helper()
		res, err := s.public(s.As(hanako)).ListDeals(s.ctx, &catalogv1.ListDealsRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return res.GetDeals()
	}
	if got := listed(); len(got) != 1 || got[0].GetDealId() != d.GetDealId() {
		t.Errorf("deals of today: %v", got)
	}
	own, err := s.public(s.As(minori)).GetProduct(s.ctx, &catalogv1.GetProductRequest{ProductId: p.GetProductId()})
	if err != nil {
		t.Fatal(err)
	}
	change := proto.CloneOf(own.GetProduct())
	change.Variants[0].PriceWindows = nil // a merchant who edits does not end a deal
	if _, err := s.update(minori, change); err != nil || s.priceNow(sku) != 1500 {
		t.Errorf("after an edit (%v) checkout reads %d yen", err, s.priceNow(sku))
	}
	s.verified()
	for range 2 {
		res, err := s.admin(minori).EndDeal(s.ctx, &catalogv1.EndDealRequest{DealId: d.GetDealId(), Reason: "sold out"})
		if err != nil || res.GetDeal().GetState() != catalogv1.State_STATE_ENDED || res.GetDeal().GetVersion() != 2 {
			t.Errorf("end = %v, %v", res, err)
		}
	}
	if got := s.priceNow(sku); got != 2180 || len(listed()) != 0 {
		t.Errorf("after its end checkout reads %d yen, and %d deals are listed", got, len(listed()))
	}
	s.verified()
}

func TestDealsPage(t *testing.T) {
	s := open(t)
	var want []string
	for i := range 3 {
		d, err := s.makeDeal(minori, fmt.Sprint("d", i), s.daily(s.sell(fmt.Sprint("r", i)), func(d *catalogv1.Deal) { d.EndTime.Seconds += int64(i) }))
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, d.GetDealId())
	}
	req, got := &catalogv1.ListDealsRequest{PageSize: 2}, []string{}
	for range 2 {
		res, err := s.public(s.As(hanako)).ListDeals(s.ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range res.GetDeals() {
			got = append(got, d.GetDealId())
		}
		req.PageToken = res.GetNextPageToken()
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || req.PageToken != "" {
		t.Errorf("deals %v, want %v", got, want)
	}
	_, err := s.public(s.As(hanako)).ListDeals(s.ctx, &catalogv1.ListDealsRequest{PageToken: "forged"})
	refused(t, err, fault.PageTokenInvalid)
}

func TestDealRefused(t *testing.T) {
	s := open(t)
	p, hidden := s.sell("r1"), s.sell("r2", draft)
	d, err := s.makeDeal(minori, "d1", s.daily(p))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		who    testenv.User
		change func(*catalogv1.Deal)
		want   fault.Reason
	}{
		"crosses another":   {minori, func(d *catalogv1.Deal) { d.StartTime.Seconds += 3600 }, fault.FieldInvalid},
		"not lower":         {minori, func(d *catalogv1.Deal) { d.Price = yen(2180) }, fault.FieldInvalid},
		"free":              {minori, func(d *catalogv1.Deal) { d.Price = yen(0) }, fault.FieldInvalid},
		"in dollars":        {minori, func(d *catalogv1.Deal) { d.Price.Currency = "USD" }, fault.FieldInvalid},
		"longer than a day": {minori, func(d *catalogv1.Deal) { d.EndTime.Seconds += 24 * 3600 }, fault.FieldInvalid},
		"over":              {minori, func(d *catalogv1.Deal) { d.StartTime.Seconds -= 12 * 3600; d.EndTime.Seconds -= 12 * 3600 }, fault.FieldInvalid},
		"no such variant":   {minori, func(d *catalogv1.Deal) { d.Skus = []string{"sku_aaaaaaaaaaaaaaaaaaaaaaaaaa"} }, fault.FieldInvalid},
		"draft": {minori, func(d *catalogv1.Deal) {
			d.ProductId, d.Skus = hidden.GetProductId(), []string{hidden.GetVariants()[0].GetSku()}
		}, fault.FieldInvalid},
		"another merchant's": {denki, func(*catalogv1.Deal) {}, fault.NotFound},
		"customer":           {hanako, func(*catalogv1.Deal) {}, fault.CallerNotAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.makeDeal(test.who, "other", s.daily(p, test.change))
			refused(t, err, test.want)
		})
	}
	_, err = s.admin(denki).EndDeal(s.ctx, &catalogv1.EndDealRequest{DealId: d.GetDealId(), Reason: "envy"})
	refused(t, err, fault.NotFound)
	if s.count("deals") != 1 {
		t.Errorf("%d deals are stored, want 1", s.count("deals"))
	}
}

func TestPriceWindowsRefused(t *testing.T) {
	s := open(t)
	at := func(hours int) *timestamppb.Timestamp {
		return timestamppb.New(s.Clock().Now().Add(time.Duration(hours) * time.Hour))
	}
	for name, windows := range map[string][]*catalogv1.PriceWindow{
		"crossing":    {{Price: yen(1), StartTime: at(0), EndTime: at(2)}, {Price: yen(2), StartTime: at(1), EndTime: at(3)}},
		"ends first":  {{Price: yen(1), StartTime: at(2), EndTime: at(1)}},
		"free":        {{Price: yen(0), StartTime: at(0), EndTime: at(1)}},
		"in dollars":  {{Price: &typev1.Money{Amount: 1, Currency: "USD"}, StartTime: at(0), EndTime: at(1)}},
		"without end": {{Price: yen(1), StartTime: at(0)}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.admin(minori).CreateProduct(s.ctx, &catalogv1.CreateProductRequest{
				RequestId: "r1", Reason: "test", Product: s.product(func(p *catalogv1.Product) { p.Variants[0].PriceWindows = windows }),
			})
			refused(t, err, fault.FieldInvalid)
		})
	}
}
