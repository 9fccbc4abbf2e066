package shop

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
)

const (
	category = "workshop" // what Sell puts on the shelves hangs here
	reason   = "a story is played"
)

// Sale is what a merchant puts up: a product in one variant, and a campaign on it.
type Sale struct {
	Title string
	Price int64 // yen, for one who buys alone
	Tax   int32 // per cent; 10 when unset
	Stock int64

	Tiers    []Tier // at least one for a campaign; none: no campaign
	Max      int32  // members; the first tier's size when unset
	Window   time.Duration
	PerOrder int32 // units; 2 when unset

	Member, Leader, Inviter int64 // points; all 0: no programme
}

// Tier is a unit price from a number of members on.
type Tier struct {
	Size  int32
	Price int64
}

// Goods are what a Sale has become.
type Goods struct {
	Merchant *Person
	Product  *catalogv1.Product
	SKU      string
	Campaign *catalogv1.Campaign // nil without tiers
}

// Yen is an amount.
func Yen(n int64) *typev1.Money { return &typev1.Money{Amount: n, Currency: "JPY"} }

// Sell puts a sale up, as a merchant of its own and an operator do it.
func (s *Shop) Sell(ctx context.Context, sale Sale) (*Goods, error) {
	operator, err := s.Person(ctx, JSON, Account{ID: "operator", Operator: true})
	if err != nil {
		return nil, err
	}
	if err := s.open(ctx, operator); err != nil {
		return nil, err
	}
	g := &Goods{}
	if g.Merchant, err = s.Person(ctx, JSON, Account{ID: Unique("keeper"), Merchant: Unique("m")}); err != nil {
		return nil, err
	}
	if err := g.shelve(ctx, sale); err != nil || len(sale.Tiers) == 0 {
		return g, err
	}
	if err := g.announce(ctx, sale, s.Now()); err != nil || sale.Member+sale.Leader+sale.Inviter == 0 {
		return g, err
	}
	_, err = operator.Programmes.PutProgramme(ctx, &rewardv1.PutProgrammeRequest{Reason: reason, Programme: &rewardv1.Programme{
		CampaignId:   g.Campaign.GetCampaignId(),
		MemberPoints: sale.Member, LeaderPoints: sale.Leader, InviterPoints: sale.Inviter, Budget: 1_000_000,
	}})
	return g, err
}

// open makes the category that everything hangs in, once.
func (s *Shop) open(ctx context.Context, operator *Person) error {
	s.opened.Do(func() {
		_, s.openedAs = operator.Shelf.PutCategory(ctx, &catalogv1.PutCategoryRequest{Reason: reason, Category: &catalogv1.Category{
			CategoryId: category, Title: &typev1.LocalisedText{Ja: "工房", En: "Workshop"}, Rank: 1000,
		}})
	})
	return s.openedAs
}

func (g *Goods) shelve(ctx context.Context, sale Sale) error {
	made, err := g.Merchant.Shelf.CreateProduct(ctx, &catalogv1.CreateProductRequest{
		RequestId: uuid.NewString(), Reason: reason, Product: &catalogv1.Product{
			Title: &typev1.LocalisedText{Ja: sale.Title}, CategoryIds: []string{category}, State: catalogv1.State_STATE_LIVE,
			Variants: []*catalogv1.Variant{{Price: Yen(sale.Price), TaxPercent: or(sale.Tax, 10)}},
		},
	})
	if err != nil {
		return err
	}
	g.Product, g.SKU = made.GetProduct(), made.GetProduct().GetVariants()[0].GetSku()
	_, err = g.Merchant.Stock.SetStock(ctx, &orderv1.SetStockRequest{Sku: g.SKU, OnHand: sale.Stock, Sequence: 1, Reason: reason})
	return err
}

func (g *Goods) announce(ctx context.Context, sale Sale, now time.Time) error {
	c := &catalogv1.Campaign{
		ProductId: g.Product.GetProductId(), Title: &typev1.LocalisedText{Ja: sale.Title}, Skus: []string{g.SKU},
		MinSize: sale.Tiers[0].Size, MaxSize: or(sale.Max, sale.Tiers[0].Size), MaxUnitsPerOrder: or(sale.PerOrder, 2), MaxUnitsPerCustomer: 10,
		StartTime: timestamppb.New(now.Add(-time.Hour)), EndTime: timestamppb.New(now.Add(30 * 24 * time.Hour)), State: catalogv1.State_STATE_LIVE,
	}
	for _, t := range sale.Tiers {
		c.Tiers = append(c.Tiers, &catalogv1.Tier{Size: t.Size, UnitPrice: Yen(t.Price)})
	}
	if sale.Window > 0 {
		c.Window = durationpb.New(sale.Window)
	}
	made, err := g.Merchant.Shelf.CreateCampaign(ctx, &catalogv1.CreateCampaignRequest{RequestId: uuid.NewString(), Reason: reason, Campaign: c})
	g.Campaign = made.GetCampaign()
	return err
}

// Reprice changes the price for one who buys alone.
func (g *Goods) Reprice(ctx context.Context, yen int64) error {
	g.Product.Variants[0].Price = Yen(yen)
	res, err := g.Merchant.Shelf.UpdateProduct(ctx, &catalogv1.UpdateProductRequest{Product: g.Product, Reason: reason})
	if err == nil {
		g.Product = res.GetProduct()
	}
	return err
}

// Restock sets what is on hand.
func (g *Goods) Restock(ctx context.Context, onHand int64) error {
	_, err := g.Merchant.Stock.SetStock(ctx, &orderv1.SetStockRequest{Sku: g.SKU, OnHand: onHand, Sequence: 2, Reason: reason})
	return err
}

func or(n, unset int32) int32 {
	if n == 0 {
		return unset
	}
	return n
}
