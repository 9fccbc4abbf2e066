package main

import (
	"context"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/money"
	"github.com/issho-shop/issho/services/order/internal/coupon"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// quote is what a checkout is going to buy, priced, before anything is held.
type quote struct {
	order       *order.Order
	rules       *group.Rules // of the group to be started; nil otherwise
	floor       int64        // the lowest sum of the lines that can come about
	perCustomer int64        // most units that the customer may buy in the campaign
}

// quote works out what is bought at what price, from the services that know, at the same time. PRICE_CHANGED when the sum
// is not the one that the customer was shown.
func (s *server) quote(ctx context.Context, who caller.Caller, orderID string, req *orderv1.CheckoutRequest) (quote, error) {
	q := quote{order: &order.Order{
		OrderID: orderID, CustomerID: who.UserID, Currency: money.Yen, Points: req.GetPoints(), CouponCode: req.GetCouponCode(),
		SavedMethodID: req.GetPayment().GetSavedMethodId(),
	}}
	both, asking := errgroup.WithContext(ctx)
	both.Go(func() error { return s.quoteAddress(asking, &q, req.GetAddressId()) })
	both.Go(func() error { return s.quoteLines(asking, &q, req) })
	if err := both.Wait(); err != nil {
		return q, err
	}
	off, err := s.couponOff(ctx, q)
	if err != nil {
		return q, err
	}
	return q, s.price(&q, off, req)
}

// couponOff is what the coupon takes off that the order names; never so much that less than the provider's least is left at
// the lowest price. Whether a use is left is decided with the order.
func (s *server) couponOff(ctx context.Context, q quote) (int64, error) {
	code := q.order.CouponCode
	if code == "" {
		return 0, nil
	}
	read, err := coupon.ReadAll(ctx, s.db.Single(), []string{code})
	if err != nil {
		return 0, err
	}
	if read[code] == nil {
		return 0, coupon.NotUsable(code, coupon.Unknown)
	}
	items := order.Items(q.order.Lines.V)
	off, err := read[code].Off(items, q.order.CampaignID, s.clock.Now())
	return max(0, min(off, q.floor-order.MinimumTotal)), err
}

func (s *server) quoteAddress(ctx context.Context, q *quote, addressID string) error {
	res, err := s.user.GetAddress(ctx, &userv1.GetAddressRequest{CustomerId: q.order.CustomerID, AddressId: addressID})
	if fault.ReasonOf(err) == fault.NotFound {
		return fault.Field("address_id", "choose one of your addresses, or add it first")
	}
	if err != nil {
		return fault.FromRPC(err, "user")
	}
	q.order.Address.V = addressOf(res.GetAddress())
	return nil
}

func (s *server) quoteLines(ctx context.Context, q *quote, req *orderv1.CheckoutRequest) error {
	switch what := req.GetWhat().(type) {
	case *orderv1.CheckoutRequest_Start:
		return s.quoteStart(ctx, q, what.Start)
	case *orderv1.CheckoutRequest_Join:
		return s.quoteJoin(ctx, q, what.Join)
	case *orderv1.CheckoutRequest_Cart:
		return s.quoteCart(ctx, q, what.Cart)
	}
	return fault.Field("what", "say what to buy: start, join or cart")
}

func (s *server) quoteStart(ctx context.Context, q *quote, start *orderv1.StartGroup) error {
	res, err := s.catalog.GetOffer(ctx, &catalogv1.GetOfferRequest{CampaignId: start.GetCampaignId()})
	if err != nil {
		return fault.FromRPC(err, "catalog")
	}
	rules := rulesOf(res)
	q.rules = &rules
	q.order.GroupID = id.Derive("grp", q.order.OrderID)
	q.order.CampaignID = start.GetCampaignId()
	q.order.LeaderID = q.order.CustomerID
	return q.offered(rules, start.GetSku(), int64(start.GetQuantity()))
}

func (s *server) quoteJoin(ctx context.Context, q *quote, join *orderv1.JoinGroup) error {
	invite, err := s.invites.Open(join.GetInviteToken(), time.Now())
	if err != nil {
		return err
	}
	g, ok, err := group.Read(ctx, s.db.Recent(), invite.GroupID) // of the group only what never changes is of use here
	if err == nil && !ok {
		g, ok, err = group.Read(ctx, s.db.Single(), invite.GroupID)
	}
	if err != nil {
		return err
	}
	if !ok {
		return fault.New(fault.InviteInvalid)
	}
	q.order.GroupID, q.order.CampaignID, q.order.LeaderID = g.GroupID, g.CampaignID, g.LeaderID
	if invite.InviterID != q.order.CustomerID {
		q.order.InviterID = invite.InviterID
	}
	return q.offered(g.Rules.V, join.GetSku(), int64(join.GetQuantity()))
}

// offered makes the one line of a group order, at the first tier's price.
func (q *quote) offered(rules group.Rules, sku string, quantity int64) error {
	v, ok := rules.Variant(sku)
	if !ok {
		return fault.Field("sku", "choose one of the variants that the campaign offers")
	}
	if quantity > rules.MaxUnitsPerOrder {
		return fault.New(fault.LimitReached, "limit", strconv.FormatInt(rules.MaxUnitsPerOrder, 10))
	}
	q.floor, q.perCustomer = rules.Floor()*quantity, rules.MaxUnitsPerCustomer
	q.order.Lines.V = []order.Line{{
		SKU: v.SKU, ProductID: v.ProductID, MerchantID: v.MerchantID, TitleJA: v.TitleJA, TitleEN: v.TitleEN, Options: v.Options,
		Quantity: quantity, UnitPrice: rules.Ceiling(), TaxPercent: v.TaxPercent,
	}}
	return nil
}

func (s *server) quoteCart(ctx context.Context, q *quote, buy *orderv1.BuyCart) error {
	cart, err := s.cart.GetLines(ctx, &cartv1.GetLinesRequest{CustomerId: q.order.CustomerID})
	if err != nil {
		return fault.FromRPC(err, "cart")
	}
	if cart.GetVersion() != buy.GetCartVersion() || len(cart.GetLines()) == 0 {
		return s.cartChanged(ctx, q.order.CustomerID, buy.GetCartVersion())
	}
	q.order.CartVersion = cart.GetVersion()
	ask := &catalogv1.GetVariantsRequest{}
	for _, l := range cart.GetLines() {
		ask.Skus = append(ask.Skus, l.GetSku())
	}
	res, err := s.catalog.GetVariants(ctx, ask)
	if err != nil {
		return fault.FromRPC(err, "catalog")
	}
	return q.inCart(cart.GetLines(), res.GetVariants())
}

// cartChanged refuses a cart that is not what the customer was shown, naming the order that has bought it, if one has.
func (s *server) cartChanged(ctx context.Context, customer string, version int64) error {
	cart := order.Cart{CustomerID: customer, Version: version}
	bought, err := order.OfCarts(ctx, s.db.Single(), []order.Cart{cart})
	if err != nil {
		return err
	}
	refused := fault.New(fault.CartChanged)
	if by := bought[cart]; by != nil {
		refused = fault.New(fault.CartChanged, "order_id", *by)
	}
	return refused
}

// inCart makes the lines of a solo order at today's prices. CART_CHANGED, naming the SKU, when one is not for sale any more.
func (q *quote) inCart(lines []*cartv1.Line, variants []*catalogv1.PricedVariant) error {
	bySKU := map[string]*catalogv1.PricedVariant{}
	for _, v := range variants {
		bySKU[v.GetSku()] = v
	}
	for _, l := range lines {
		v := bySKU[l.GetSku()]
		if v == nil {
			return fault.New(fault.CartChanged, "sku", l.GetSku())
		}
		q.order.Lines.V = append(q.order.Lines.V, order.Line{
			SKU: v.GetSku(), ProductID: v.GetProductId(), MerchantID: v.GetMerchantId(),
			TitleJA: v.GetTitle().GetJa(), TitleEN: v.GetTitle().GetEn(), Options: v.GetOptions(),
			Quantity: int64(l.GetQuantity()), UnitPrice: v.GetPrice().GetAmount(), TaxPercent: int64(v.GetTaxPercent()),
		})
		q.floor += v.GetPrice().GetAmount() * int64(l.GetQuantity())
	}
	return nil
}

// price sums the order up and holds it against what the customer was shown.
func (s *server) price(q *quote, off int64, req *orderv1.CheckoutRequest) error {
	o := q.order
	a, err := order.Sum(o.Lines.V, s.shipping, off, o.Points, q.floor)
	if err != nil {
		return err
	}
	o.Items, o.Shipping, o.Coupon, o.Total = a.Items, a.Shipping, a.Coupon, a.Total
	expected := req.GetExpectedTotal()
	if expected.GetAmount() == a.Total && expected.GetCurrency() == o.Currency {
		return nil
	}
	return fault.New(fault.PriceChanged, "total", strconv.FormatInt(a.Total, 10)).Attach(&orderv1.PriceChange{
		ExpectedTotal: expected, Amounts: amountsMessage(a, o.Currency), Lines: lineMessages(o.Lines.V, o.Currency),
	})
}

// rulesOf copies a campaign for the group that starts on it.
func rulesOf(res *catalogv1.GetOfferResponse) group.Rules {
	c := res.GetCampaign()
	rules := group.Rules{
		TitleJA: c.GetTitle().GetJa(), TitleEN: c.GetTitle().GetEn(), MinSize: int64(c.GetMinSize()), MaxSize: int64(c.GetMaxSize()),
		Window: c.GetWindow().AsDuration(), MaxUnitsPerOrder: int64(c.GetMaxUnitsPerOrder()),
		MaxUnitsPerCustomer: int64(c.GetMaxUnitsPerCustomer()), Currency: money.Yen,
	}
	for _, t := range c.GetTiers() {
		rules.Tiers = append(rules.Tiers, group.Tier{Size: int64(t.GetSize()), UnitPrice: t.GetUnitPrice().GetAmount()})
	}
	for _, v := range res.GetVariants() {
		rules.Variants = append(rules.Variants, group.Variant{
			SKU: v.GetSku(), ProductID: v.GetProductId(), MerchantID: v.GetMerchantId(), TitleJA: v.GetTitle().GetJa(),
			TitleEN: v.GetTitle().GetEn(), Options: v.GetOptions(), TaxPercent: int64(v.GetTaxPercent()), SoloPrice: v.GetPrice().GetAmount(),
		})
	}
	return rules
}
