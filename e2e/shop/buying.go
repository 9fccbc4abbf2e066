package shop

import (
	"github.com/google/uuid"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

const (
	shippingFee  = 550  // yen, an order
	shippingFree = 5000 // yen of goods from which it is free
)

// Shipped is what goods of that many yen cost with their shipping.
func Shipped(yen int64) int64 {
	if yen < shippingFree {
		return yen + shippingFee
	}
	return yen
}

// Start is a checkout that starts a group on goods, at the first tier's price, with the saved card. Send it again to
// repeat it.
func (p *Person) Start(g *Goods, quantity int32) *orderv1.CheckoutRequest {
	req := p.checkout(Shipped(g.Campaign.GetTiers()[0].GetUnitPrice().GetAmount() * int64(quantity)))
	req.What = &orderv1.CheckoutRequest_Start{Start: &orderv1.StartGroup{CampaignId: g.Campaign.GetCampaignId(), Sku: g.SKU, Quantity: quantity}}
	return req
}

// Join is a checkout that takes a seat in the group of an invite.
func (p *Person) Join(invite *orderv1.Invite, g *Goods, quantity int32) *orderv1.CheckoutRequest {
	req := p.checkout(Shipped(g.Campaign.GetTiers()[0].GetUnitPrice().GetAmount() * int64(quantity)))
	req.What = &orderv1.CheckoutRequest_Join{Join: &orderv1.JoinGroup{InviteToken: invite.GetToken(), Sku: g.SKU, Quantity: quantity}}
	return req
}

// BuyCart is a checkout that buys a version of the cart, expected to cost yen in all.
func (p *Person) BuyCart(version, yen int64) *orderv1.CheckoutRequest {
	req := p.checkout(yen)
	req.What = &orderv1.CheckoutRequest_Cart{Cart: &orderv1.BuyCart{CartVersion: version}}
	return req
}

func (p *Person) checkout(yen int64) *orderv1.CheckoutRequest {
	req := &orderv1.CheckoutRequest{RequestId: uuid.NewString(), AddressId: p.Address, ExpectedTotal: Yen(yen)}
	if p.Card == "" {
		req.Payment = &orderv1.PaymentMethod{Method: &orderv1.PaymentMethod_ConfirmInApp{ConfirmInApp: true}}
	} else {
		req.Payment = &orderv1.PaymentMethod{Method: &orderv1.PaymentMethod_SavedMethodId{SavedMethodId: p.Card}}
	}
	return req
}
