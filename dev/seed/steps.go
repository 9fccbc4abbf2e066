package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/gen/issho/reward/v1/rewardv1connect"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/internal/gen/issho/user/v1/userv1connect"
)

const (
	reason = "demo data"
	// onHand is the first stock of every SKU. The sequence number 1 keeps a later run from setting it again.
	onHand = 500
)

// Campaigns run between fixed dates, so that a second run says the same, and long enough for any clock advance.
var (
	campaignsStart = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	campaignsEnd   = time.Date(2039, 12, 31, 15, 0, 0, 0, time.UTC)
)

func (s *seeder) putCategory(ctx context.Context, pair [2]category) error {
	parent, c := pair[0], pair[1]
	h := s.as(login{user: "operator", operator: true})
	_, err := catalogv1connect.NewCatalogAdminServiceClient(h, s.base).PutCategory(ctx, &catalogv1.PutCategoryRequest{
		Category: &catalogv1.Category{CategoryId: c.ID, ParentId: parent.ID, Title: text(c.JA, c.EN), Rank: s.rank(parent, c)},
		Reason:   reason,
	})
	if fault.ReasonOf(err) == fault.Conflict { // an operator has changed it since
		return nil
	}
	return err
}

// rank is the place among its sisters, in tens.
func (s *seeder) rank(parent, c category) int32 {
	sisters := parent.Children
	if parent.ID == "" {
		sisters = s.shop.Categories
	}
	return int32(10 * (1 + slices.IndexFunc(sisters, func(x category) bool { return x.ID == c.ID })))
}

func (s *seeder) createProduct(ctx context.Context, p product) error {
	catalog := catalogv1connect.NewCatalogAdminServiceClient(s.as(merchant(p.merchant)), s.base)
	media, err := s.uploadPicture(ctx, catalog, p)
	if err != nil {
		return fmt.Errorf("picture of %s: %w", p.Key, err)
	}
	m := p.message()
	m.Media = []*catalogv1.Media{{MediaId: media, Alt: text(p.JA, p.EN)}}
	res, err := catalog.CreateProduct(ctx, &catalogv1.CreateProductRequest{RequestId: "seed-product-" + p.Key, Product: m, Reason: reason})
	if err != nil {
		return fmt.Errorf("%s: %w", p.Key, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made[p.Key] = res.GetProduct()
	return nil
}

// uploadPicture draws a product's picture and puts it where catalog says. One that is there already stays.
func (s *seeder) uploadPicture(ctx context.Context, catalog catalogv1connect.CatalogAdminServiceClient, p product) (string, error) {
	drawn, err := picture(p.Key, p.categories[0])
	if err != nil {
		return "", err
	}
	up, err := catalog.CreateUpload(ctx, &catalogv1.CreateUploadRequest{
		RequestId: "seed-picture-" + p.Key, ContentType: "image/png", Size: int64(len(drawn)),
	})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, up.GetUrl(), bytes.NewReader(drawn))
	if err != nil {
		return "", err
	}
	for name, value := range up.GetHeaders() {
		req.Header.Set(name, value)
	}
	res, err := transport.RoundTrip(req) // whoever has the address may put it there: no token goes along
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusPreconditionFailed {
		return "", fmt.Errorf("the storage answers %s", res.Status)
	}
	return up.GetMediaId(), nil
}

func (p product) message() *catalogv1.Product {
	m := &catalogv1.Product{
		Title: text(p.JA, p.EN), CategoryIds: p.categories, Attributes: p.Attributes, State: catalogv1.State_STATE_LIVE,
		Description: text(p.JA+"をお届けします。みんなで買うとお得です。", p.EN+". Better together."),
	}
	prices := p.Prices
	if len(prices) == 0 {
		prices = choices{{price: p.Price}}
	}
	for i, c := range prices {
		v := &catalogv1.Variant{Price: yen(c.price), TaxPercent: p.Tax, MerchantCode: fmt.Sprintf("%s-%d", p.Key, i+1)}
		if c.value != "" {
			v.Options = map[string]string{p.Option: c.value}
		}
		m.Variants = append(m.Variants, v)
	}
	return m
}

// stock is every SKU with its merchant.
func (s *seeder) stock() [][2]string {
	var out [][2]string
	for _, key := range slices.Sorted(maps.Keys(s.made)) {
		for _, v := range s.made[key].GetVariants() {
			out = append(out, [2]string{v.GetSku(), s.made[key].GetMerchantId()})
		}
	}
	return out
}

func (s *seeder) setStock(ctx context.Context, sku [2]string) error {
	h := s.as(merchant(sku[1]))
	_, err := orderv1connect.NewOrderAdminServiceClient(h, s.base).SetStock(ctx, &orderv1.SetStockRequest{
		Sku: sku[0], OnHand: onHand, Sequence: 1, Reason: reason, MerchantId: sku[1],
	})
	return err
}

func (s *seeder) createCampaign(ctx context.Context, c campaign) error {
	p, ok := s.made[c.Product]
	if !ok {
		return fmt.Errorf("campaign on %s: no such product", c.Product)
	}
	h := s.as(merchant(p.GetMerchantId()))
	res, err := catalogv1connect.NewCatalogAdminServiceClient(h, s.base).CreateCampaign(ctx, &catalogv1.CreateCampaignRequest{
		RequestId: "seed-campaign-" + c.Product, Campaign: c.message(p), Reason: reason,
	})
	if err != nil {
		return fmt.Errorf("campaign on %s: %w", c.Product, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offers = append(s.offers, offer{c, res.GetCampaign().GetCampaignId()})
	return nil
}

// message offers the variants that cost what the first one does: a campaign has one price for all of its SKUs.
func (c campaign) message(p *catalogv1.Product) *catalogv1.Campaign {
	m := &catalogv1.Campaign{
		ProductId: p.GetProductId(), Title: text(c.JA, c.EN), MinSize: c.Sizes[0], MaxSize: c.Sizes[1],
		Window: durationpb.New(c.Window), MaxUnitsPerOrder: 3, MaxUnitsPerCustomer: 10, State: catalogv1.State_STATE_LIVE,
		StartTime: timestamppb.New(campaignsStart), EndTime: timestamppb.New(campaignsEnd.AddDate(0, c.Months-24, 0)),
	}
	for _, v := range p.GetVariants() {
		if v.GetPrice().GetAmount() == p.GetVariants()[0].GetPrice().GetAmount() {
			m.Skus = append(m.Skus, v.GetSku())
		}
	}
	for _, size := range slices.Sorted(maps.Keys(c.Tiers)) {
		m.Tiers = append(m.Tiers, &catalogv1.Tier{Size: size, UnitPrice: yen(c.Tiers[size])})
	}
	return m
}

func (s *seeder) putProgramme(ctx context.Context, o offer) error {
	h := s.as(login{user: "operator", operator: true})
	_, err := rewardv1connect.NewRewardAdminServiceClient(h, s.base).PutProgramme(ctx, &rewardv1.PutProgrammeRequest{
		Programme: &rewardv1.Programme{
			CampaignId: o.id, MemberPoints: o.Points[0], LeaderPoints: o.Points[1], InviterPoints: o.Points[2], Budget: o.Budget,
		},
		Reason: reason,
	})
	return err
}

func (s *seeder) createCustomer(ctx context.Context, c customer) error {
	h := s.as(login{user: c.ID})
	users := userv1connect.NewUserServiceClient(h, s.base)
	had, err := users.GetProfile(ctx, &userv1.GetProfileRequest{})
	if err != nil {
		return err
	}
	if had.GetProfile().GetEtag() == "" {
		if _, err := users.UpdateProfile(ctx, &userv1.UpdateProfileRequest{Profile: &userv1.Profile{DisplayName: c.Name, Language: "ja"}}); err != nil {
			return err
		}
	}
	_, err = users.CreateAddress(ctx, &userv1.CreateAddressRequest{RequestId: "seed-address", Address: &userv1.Address{
		Default: true,
		Address: &typev1.PostalAddress{
			Name: c.Name, PostalCode: c.PostalCode, Prefecture: c.Prefecture, City: c.City, Line1: c.Line1, Phone: c.Phone,
		},
	}})
	return err
}

func text(ja, en string) *typev1.LocalisedText { return &typev1.LocalisedText{Ja: ja, En: en} }

func yen(n int64) *typev1.Money { return &typev1.Money{Amount: n, Currency: "JPY"} }
