package e2e

import (
	"strings"
	"testing"

	"connectrpc.com/connect"

	"github.com/issho-shop/issho/e2e/shop"
	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
)

// What the fields may not say, and what is not the caller's to do or to see, in every protocol.
func TestRefusals(t *testing.T) {
	t.Parallel()
	p := starts(t, shop.JSON)
	taken := p.first.GetOrder().GetOrderId()
	for _, wire := range shop.Wires {
		t.Run(string(wire), func(t *testing.T) {
			t.Parallel()
			guest := must(open.Person(t.Context(), wire, shop.Account{ID: shop.Unique("guest"), Guest: true}))(t)
			taro := must(open.Buyer(t.Context(), wire, "taro", "pm_card_visa"))(t)
			rival := must(open.Person(t.Context(), wire, shop.Account{ID: shop.Unique("keeper"), Merchant: shop.Unique("m")}))(t)
			for name, tc := range map[string]struct {
				call   func() error
				code   connect.Code
				reason fault.Reason
			}{
				"a guest buys": {func() error {
					_, err := guest.Order.Checkout(t.Context(), taro.Start(p.goods, 1))
					return err
				}, connect.CodePermissionDenied, fault.CallerNotAllowed},
				"a customer sets stock": {func() error {
					_, err := taro.Stock.SetStock(t.Context(), &orderv1.SetStockRequest{Sku: p.goods.SKU, OnHand: 1, Sequence: 2, Reason: "x"})
					return err
				}, connect.CodePermissionDenied, fault.CallerNotAllowed},
				"a merchant gives points": {func() error {
					_, err := rival.Programmes.PutProgramme(t.Context(), &rewardv1.PutProgrammeRequest{Reason: "x", Programme: &rewardv1.Programme{CampaignId: p.goods.Campaign.GetCampaignId()}})
					return err
				}, connect.CodePermissionDenied, fault.CallerNotAllowed},
				"a merchant sets another's stock": {func() error {
					_, err := rival.Stock.SetStock(t.Context(), &orderv1.SetStockRequest{Sku: p.goods.SKU, OnHand: 1, Sequence: 2, Reason: "x"})
					return err
				}, connect.CodeNotFound, fault.NotFound},
				"a merchant changes another's product": {func() error {
					_, err := rival.Shelf.UpdateProduct(t.Context(), &catalogv1.UpdateProductRequest{Product: p.goods.Product, Reason: "x"})
					return err
				}, connect.CodeNotFound, fault.NotFound},
				"a customer reads another's order": {func() error {
					_, err := taro.Order.GetOrder(t.Context(), &orderv1.GetOrderRequest{OrderId: taken})
					return err
				}, connect.CodeNotFound, fault.NotFound},
				"a customer cancels another's order": {func() error {
					_, err := taro.Order.CancelOrder(t.Context(), &orderv1.CancelOrderRequest{OrderId: taken})
					return err
				}, connect.CodeNotFound, fault.NotFound},
				"a customer reads a group that is not theirs": {func() error {
					_, err := taro.Order.GetGroup(t.Context(), &orderv1.GetGroupRequest{GroupId: p.first.GetGroup().GetGroupId()})
					return err
				}, connect.CodeNotFound, fault.NotFound},
				"another's address": {func() error {
					req := taro.Start(p.goods, 1)
					req.AddressId = p.hanako.Address
					_, err := taro.Order.Checkout(t.Context(), req)
					return err
				}, connect.CodeInvalidArgument, fault.FieldInvalid},
				"more than may be bought": {func() error {
					req := taro.Start(p.goods, 11)
					_, err := taro.Order.Checkout(t.Context(), req)
					return err
				}, connect.CodeInvalidArgument, fault.FieldInvalid},
				"more than the campaign allows": {func() error {
					_, err := taro.Order.Checkout(t.Context(), taro.Start(p.goods, 3))
					return err
				}, connect.CodeFailedPrecondition, fault.LimitReached},
				"more than there is": {func() error {
					few := must(open.Sell(t.Context(), shop.Sale{Title: "一点物", Price: 900, Stock: 0, Tiers: []shop.Tier{{Size: 2, Price: 800}}}))(t)
					_, err := taro.Order.Checkout(t.Context(), taro.Start(few, 1))
					return err
				}, connect.CodeFailedPrecondition, fault.SoldOut},
				"a campaign that is none": {func() error {
					req := taro.Start(p.goods, 1)
					req.GetStart().CampaignId = "cmp_" + strings.Repeat("a", 26)
					_, err := taro.Order.Checkout(t.Context(), req)
					return err
				}, connect.CodeFailedPrecondition, fault.CampaignNotLive},
				"another price": {func() error {
					req := taro.Start(p.goods, 1)
					req.ExpectedTotal = shop.Yen(1)
					_, err := taro.Order.Checkout(t.Context(), req)
					return err
				}, connect.CodeFailedPrecondition, fault.PriceChanged},
				"points that are not there": {func() error {
					req := taro.Start(p.goods, 1)
					req.Points, req.ExpectedTotal = 100, shop.Yen(held-100)
					_, err := taro.Order.Checkout(t.Context(), req)
					return err
				}, connect.CodeFailedPrecondition, fault.PointsNotEnough},
				"a coupon that is none": {func() error {
					req := taro.Start(p.goods, 1)
					req.CouponCode = "NONE"
					_, err := taro.Order.Checkout(t.Context(), req)
					return err
				}, connect.CodeFailedPrecondition, fault.CouponNotUsable},
				"an empty cart": {func() error {
					_, err := taro.Order.Checkout(t.Context(), taro.BuyCart(1, 1000))
					return err
				}, connect.CodeFailedPrecondition, fault.CartChanged},
				"what is not for sale": {func() error {
					_, err := taro.Cart.SetLine(t.Context(), &cartv1.SetLineRequest{Sku: "sku_" + strings.Repeat("a", 26), Quantity: 1})
					return err
				}, connect.CodeNotFound, fault.NotFound},
				"a page of another list": {func() error {
					_, err := taro.Order.ListOrders(t.Context(), &orderv1.ListOrdersRequest{PageToken: "abc"})
					return err
				}, connect.CodeInvalidArgument, fault.PageTokenInvalid},
				"a customer's token for a guest's": {func() error {
					_, err := taro.Cart.MergeGuestCart(t.Context(), &cartv1.MergeGuestCartRequest{GuestToken: p.hanako.Token})
					return err
				}, connect.CodeUnauthenticated, fault.TokenInvalid},
				"an internal method": {func() error {
					internal := orderv1connect.NewOrderInternalServiceClient(open.HTTP(wire, taro.Token), open.Gateway)
					_, err := internal.Verify(t.Context(), &orderv1.VerifyRequest{})
					return err
				}, connect.CodeNotFound, fault.NotFound},
				"past the gateway, with a customer's token": {func() error {
					internal := orderv1connect.NewOrderInternalServiceClient(open.HTTP(wire, taro.Token), open.OrderURL)
					_, err := internal.Verify(t.Context(), &orderv1.VerifyRequest{})
					return err
				}, connect.CodePermissionDenied, fault.CallerNotAllowed},
			} {
				t.Run(name, func(t *testing.T) { refused(t, tc.call(), tc.code, tc.reason) })
			}
			untouched(t, taro)
		})
	}
	t.Cleanup(func() { stock(t, p.goods, 10, 1) })
}
