package main

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/money"
	"github.com/issho-shop/issho/internal/tidy"
	"github.com/issho-shop/issho/services/catalog/internal/campaign"
	"github.com/issho-shop/issho/services/catalog/internal/category"
	"github.com/issho-shop/issho/services/catalog/internal/deal"
	"github.com/issho-shop/issho/services/catalog/internal/heat"
	"github.com/issho-shop/issho/services/catalog/internal/level"
	"github.com/issho-shop/issho/services/catalog/internal/merchant"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// What the caller may not set (ids, owners, versions) is left out on the way in; the verb fills it.

// productOf reads a product as a caller may describe it. What deals say of prices is kept apart from it by the noun.
func productOf(m *catalogv1.Product) product.Product {
	p := product.Product{
		Title: textOf(m.GetTitle()), Description: textOf(m.GetDescription()), CategoryIDs: m.GetCategoryIds(),
		Attributes: tidy.Pairs(m.GetAttributes()), State: stateOf(m.GetState()),
	}
	for _, picture := range m.GetMedia() {
		p.Media = append(p.Media, product.Media{ID: picture.GetMediaId(), Alt: textOf(picture.GetAlt())})
	}
	for _, v := range m.GetVariants() {
		p.Variants = append(p.Variants, product.Variant{
			SKU: v.GetSku(), Options: tidy.Pairs(v.GetOptions()), Price: moneyOf(v.GetPrice()),
			TaxPercent: v.GetTaxPercent(), MerchantCode: v.GetMerchantCode(), Windows: windowsOf(v.GetPriceWindows()),
		})
	}
	return p
}

// fromProduct tells all of a product to those who keep it, with the prices of now.
func (s *catalogServer) fromProduct(p product.Product) *catalogv1.Product {
	at := s.now()
	m := &catalogv1.Product{
		ProductId: p.ID, MerchantId: p.MerchantID, Title: fromText(p.Title), Description: fromText(p.Description),
		CategoryIds: p.CategoryIDs, Attributes: p.Attributes, State: fromState(p.State), MerchantCode: p.Code,
		Version: p.Version, Etag: p.Etag(), UpdateTime: timestamppb.New(p.UpdatedAt),
	}
	for _, picture := range p.Media {
		m.Media = append(m.Media, &catalogv1.Media{
			MediaId: picture.ID, Alt: fromText(picture.Alt), Url: s.gallery.url(picture.ID), ContentType: picture.ContentType,
		})
	}
	for _, v := range p.Variants {
		m.Variants = append(m.Variants, &catalogv1.Variant{
			Sku: v.SKU, Options: v.Options, Price: fromMoney(v.Price), TaxPercent: v.TaxPercent, MerchantCode: v.MerchantCode,
			PriceWindows: fromWindows(v.Windows), CurrentPrice: fromMoney(product.PriceAt(v.Price, v.Windows, at)),
		})
	}
	return m
}

func windowsOf(ms []*catalogv1.PriceWindow) []product.Window {
	var out []product.Window
	for _, m := range ms {
		out = append(out, product.Window{
			Price: moneyOf(m.GetPrice()), Start: timeOf(m.GetStartTime()), End: timeOf(m.GetEndTime()), DealID: m.GetDealId(),
		})
	}
	return out
}

func fromWindows(windows []product.Window) []*catalogv1.PriceWindow {
	var out []*catalogv1.PriceWindow
	for _, w := range windows {
		out = append(out, &catalogv1.PriceWindow{
			Price: fromMoney(w.Price), StartTime: timestamppb.New(w.Start), EndTime: timestamppb.New(w.End), DealId: w.DealID,
		})
	}
	return out
}

// fromPriced tells the price that holds at a time.
func fromPriced(v product.Priced, at time.Time) *catalogv1.PricedVariant {
	return &catalogv1.PricedVariant{
		Sku: v.SKU, ProductId: v.ProductID, MerchantId: v.MerchantID, Title: fromText(v.Title), Options: v.Options,
		Price: fromMoney(product.PriceAt(v.Price, v.Windows, at)), TaxPercent: v.TaxPercent, ProductVersion: v.ProductVersion,
	}
}

func dealOf(m *catalogv1.Deal) deal.Deal {
	return deal.Deal{
		ProductID: m.GetProductId(), Title: textOf(m.GetTitle()), SKUs: m.GetSkus(), Price: moneyOf(m.GetPrice()),
		StartTime: timeOf(m.GetStartTime()), EndTime: timeOf(m.GetEndTime()),
	}
}

func fromDeal(d deal.Deal) *catalogv1.Deal {
	return &catalogv1.Deal{
		DealId: d.ID, MerchantId: d.MerchantID, ProductId: d.ProductID, Title: fromText(d.Title), Skus: d.SKUs, Price: fromMoney(d.Price),
		StartTime: timestamppb.New(d.StartTime), EndTime: timestamppb.New(d.EndTime), State: fromState(d.State), Version: d.Version, Etag: d.Etag(),
	}
}

func merchantOf(m *catalogv1.Merchant) merchant.Merchant {
	return merchant.Merchant{ID: m.GetMerchantId(), Title: textOf(m.GetTitle()), Description: textOf(m.GetDescription())}
}

func fromMerchant(m merchant.Merchant) *catalogv1.Merchant {
	return &catalogv1.Merchant{
		MerchantId: m.ID, Title: fromText(m.Title), Description: fromText(m.Description), Version: m.Version, Etag: m.Etag(),
	}
}

func campaignOf(m *catalogv1.Campaign) campaign.Campaign {
	window := campaign.DefaultWindow
	if m.GetWindow() != nil {
		window = m.GetWindow().AsDuration()
	}
	c := campaign.Campaign{
		ProductID: m.GetProductId(), Title: textOf(m.GetTitle()), SKUs: m.GetSkus(),
		MinSize: m.GetMinSize(), MaxSize: m.GetMaxSize(), WindowSeconds: int64(window / time.Second),
		MaxUnitsPerOrder: m.GetMaxUnitsPerOrder(), MaxUnitsPerCustomer: m.GetMaxUnitsPerCustomer(),
		StartTime: timeOf(m.GetStartTime()), EndTime: timeOf(m.GetEndTime()), State: stateOf(m.GetState()),
	}
	for _, t := range m.GetTiers() {
		c.Tiers = append(c.Tiers, campaign.Tier{Size: t.GetSize(), UnitPrice: moneyOf(t.GetUnitPrice())})
	}
	return c
}

func fromCampaign(c campaign.Campaign) *catalogv1.Campaign {
	m := &catalogv1.Campaign{
		CampaignId: c.ID, MerchantId: c.MerchantID, ProductId: c.ProductID, Title: fromText(c.Title), Skus: c.SKUs,
		MinSize: c.MinSize, MaxSize: c.MaxSize, Window: durationpb.New(time.Duration(c.WindowSeconds) * time.Second),
		MaxUnitsPerOrder: c.MaxUnitsPerOrder, MaxUnitsPerCustomer: c.MaxUnitsPerCustomer,
		StartTime: timestamppb.New(c.StartTime), EndTime: timestamppb.New(c.EndTime), State: fromState(c.State),
		Version: c.Version, Etag: c.Etag(), UpdateTime: timestamppb.New(c.UpdatedAt),
	}
	for _, t := range c.Tiers {
		m.Tiers = append(m.Tiers, &catalogv1.Tier{Size: t.Size, UnitPrice: fromMoney(t.UnitPrice)})
	}
	return m
}

func fromCampaigns(cs []campaign.Campaign) []*catalogv1.Campaign {
	var out []*catalogv1.Campaign
	for _, c := range cs {
		out = append(out, fromCampaign(c))
	}
	return out
}

func fromLevels(levels []level.Level) []*catalogv1.StockLevel {
	var out []*catalogv1.StockLevel
	for _, l := range levels {
		out = append(out, &catalogv1.StockLevel{Sku: l.SKU, Level: catalogv1.Level(catalogv1.Level_value["LEVEL_"+l.Level]), Version: l.Version})
	}
	return out
}

func fromHeats(heats []heat.Heat) []*catalogv1.Heat {
	var out []*catalogv1.Heat
	for _, h := range heats {
		out = append(out, &catalogv1.Heat{CampaignId: h.CampaignID, OpenGroups: h.OpenGroups, Members: h.Members})
	}
	return out
}

func categoryOf(m *catalogv1.Category) category.Category {
	return category.Category{ID: m.GetCategoryId(), ParentID: m.GetParentId(), Title: textOf(m.GetTitle()), Rank: m.GetRank()}
}

func fromCategory(c category.Category) *catalogv1.Category {
	return &catalogv1.Category{CategoryId: c.ID, ParentId: c.ParentID, Title: fromText(c.Title), Rank: c.Rank, Etag: c.Etag()}
}

func textOf(m *typev1.LocalisedText) map[string]string {
	text := map[string]string{}
	if m.GetJa() != "" {
		text["ja"] = tidy.Text(m.GetJa())
	}
	if m.GetEn() != "" {
		text["en"] = tidy.Text(m.GetEn())
	}
	return text
}

// fromText leaves out a text that was never given: Japanese is always there otherwise.
func fromText(text map[string]string) *typev1.LocalisedText {
	if len(text) == 0 {
		return nil
	}
	return &typev1.LocalisedText{Ja: text["ja"], En: text["en"]}
}

func moneyOf(m *typev1.Money) money.Money {
	return money.Money{Amount: m.GetAmount(), Currency: m.GetCurrency()}
}

func fromMoney(m money.Money) *typev1.Money {
	return &typev1.Money{Amount: m.Amount, Currency: m.Currency}
}

// stateOf spells states as they are stored, alike for products and campaigns; unset is a draft.
func stateOf(s catalogv1.State) string {
	switch s {
	case catalogv1.State_STATE_LIVE:
		return product.Live
	case catalogv1.State_STATE_ENDED:
		return product.Ended
	}
	return product.Draft
}

func fromState(s string) catalogv1.State {
	return catalogv1.State(catalogv1.State_value["STATE_"+s])
}

// timeOf keeps the precision of the store, microseconds, so that what was written equals what is read.
func timeOf(m *timestamppb.Timestamp) time.Time { return m.AsTime().Truncate(time.Microsecond) }
