package main

import (
	"context"
	"fmt"
	"net/http"

	"connectrpc.com/connect"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/internal/gen/issho/cart/v1/cartv1connect"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/gen/issho/reward/v1/rewardv1connect"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/internal/gen/issho/user/v1/userv1connect"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
)

type (
	fakeCatalog struct {
		catalogv1connect.UnimplementedCatalogInternalServiceHandler
		*neighbours
	}
	fakeCart struct {
		cartv1connect.UnimplementedCartInternalServiceHandler
		*neighbours
	}
	fakePayment struct {
		paymentv1connect.UnimplementedPaymentInternalServiceHandler
		*neighbours
	}
	fakeReward struct {
		rewardv1connect.UnimplementedRewardInternalServiceHandler
		*neighbours
	}
	fakeUser struct {
		userv1connect.UnimplementedUserInternalServiceHandler
	}
)

func (n *neighbours) handler() http.Handler {
	mux := http.NewServeMux()
	refusals := connect.WithInterceptors(fault.Interceptor())
	mux.Handle(catalogv1connect.NewCatalogInternalServiceHandler(fakeCatalog{neighbours: n}, refusals))
	mux.Handle(cartv1connect.NewCartInternalServiceHandler(fakeCart{neighbours: n}, refusals))
	mux.Handle(paymentv1connect.NewPaymentInternalServiceHandler(fakePayment{neighbours: n}, refusals))
	mux.Handle(rewardv1connect.NewRewardInternalServiceHandler(fakeReward{neighbours: n}, refusals))
	mux.Handle(userv1connect.NewUserInternalServiceHandler(fakeUser{}, refusals))
	return mux
}

// offer makes a campaign live.
func (n *neighbours) offer(c *catalogv1.Campaign, variants ...*catalogv1.PricedVariant) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.offers[c.GetCampaignId()] = &catalogv1.GetOfferResponse{Campaign: c, Variants: variants}
	for _, v := range variants {
		n.variants[v.GetSku()], n.owners[v.GetSku()] = v, v.GetMerchantId()
	}
}

// own makes a SKU a merchant's.
func (n *neighbours) own(sku, merchant string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.owners[sku] = merchant
}

// fill puts lines into a customer's cart.
func (n *neighbours) fill(customer string, version int64, lines ...*cartv1.Line) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.carts[customer] = &cartv1.GetLinesResponse{Version: version, Lines: lines}
}

func (n *neighbours) paymentOf(orderID string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.payments[orderID].GetPaymentId()
}

func (n *neighbours) authorisations(orderID string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked[orderID]
}

// fail makes payment answer nothing, or answer again.
func (n *neighbours) fail(down bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = down
}

func (n *neighbours) held(orderID string) int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.points[orderID]
}

// answer makes payment know the outcome of an order from now on.
func (n *neighbours) answer(orderID string, state paymentv1.PaymentState) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.payments[orderID].State = state
}

func (n *neighbours) quoted() {
	n.mu.Lock()
	onQuote := n.onQuote
	n.mu.Unlock()
	if onQuote != nil {
		onQuote()
	}
}

func (f fakeCatalog) GetOffer(_ context.Context, req *catalogv1.GetOfferRequest) (*catalogv1.GetOfferResponse, error) {
	f.quoted()
	f.mu.Lock()
	defer f.mu.Unlock()
	if res := f.offers[req.GetCampaignId()]; res != nil {
		return res, nil
	}
	return nil, fault.New(fault.CampaignNotLive, "campaign_id", req.GetCampaignId())
}

func (f fakeCatalog) GetVariants(_ context.Context, req *catalogv1.GetVariantsRequest) (*catalogv1.GetVariantsResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	res := &catalogv1.GetVariantsResponse{}
	for _, sku := range req.GetSkus() {
		if v := f.variants[sku]; v != nil {
			res.Variants = append(res.Variants, v)
		}
	}
	return res, nil
}

func (f fakeCatalog) GetOwners(_ context.Context, req *catalogv1.GetOwnersRequest) (*catalogv1.GetOwnersResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	res := &catalogv1.GetOwnersResponse{}
	for _, sku := range req.GetSkus() {
		if merchant := f.owners[sku]; merchant != "" {
			res.Owners = append(res.Owners, &catalogv1.Owner{Sku: sku, MerchantId: merchant})
		}
	}
	return res, nil
}

func (f fakeCart) GetLines(_ context.Context, req *cartv1.GetLinesRequest) (*cartv1.GetLinesResponse, error) {
	f.quoted()
	f.mu.Lock()
	defer f.mu.Unlock()
	if res := f.carts[req.GetCustomerId()]; res != nil {
		return res, nil
	}
	return &cartv1.GetLinesResponse{}, nil
}

// Authorise answers by the card, once per order, as payment does.
func (f fakePayment) Authorise(ctx context.Context, req *paymentv1.AuthoriseRequest) (*paymentv1.AuthoriseResponse, error) {
	f.mu.Lock()
	if f.down {
		f.mu.Unlock()
		return nil, fault.New(fault.ProviderUnavailable)
	}
	f.asked[req.GetOrderId()]++
	res := f.payments[req.GetOrderId()]
	if res == nil {
		res = &paymentv1.AuthoriseResponse{PaymentId: id.Derive("pay", req.GetOrderId()), State: f.answers[req.GetSavedMethodId()], ClientSecret: "pi_secret"}
		f.payments[req.GetOrderId()] = res
	}
	onAsk := f.onAsk
	if res.GetState() == paymentv1.PaymentState_PAYMENT_STATE_FAILED {
		res.DeclineCode = "insufficient_funds"
	}
	copied := &paymentv1.AuthoriseResponse{PaymentId: res.GetPaymentId(), State: res.GetState(), ClientSecret: res.GetClientSecret(), DeclineCode: res.GetDeclineCode()}
	f.mu.Unlock()
	if onAsk != nil {
		onAsk(ctx, req.GetOrderId())
	}
	return copied, nil
}

func (f fakeReward) HoldPoints(_ context.Context, req *rewardv1.HoldPointsRequest) (*rewardv1.HoldPointsResponse, error) {
	if req.GetPoints() > 1000 {
		return nil, fault.New(fault.PointsNotEnough, "balance", "1000")
	}
	f.mu.Lock()
	f.points[req.GetOrderId()] = req.GetPoints()
	onHold := f.onHold
	f.mu.Unlock()
	if onHold != nil {
		onHold(req.GetOrderId())
	}
	return &rewardv1.HoldPointsResponse{}, nil
}

func (f fakeReward) ReleasePoints(_ context.Context, req *rewardv1.ReleasePointsRequest) (*rewardv1.ReleasePointsResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.points, req.GetOrderId())
	return &rewardv1.ReleasePointsResponse{}, nil
}

func (fakeUser) GetAddress(_ context.Context, req *userv1.GetAddressRequest) (*userv1.GetAddressResponse, error) {
	if req.GetAddressId() == unknownAddress {
		return nil, fault.New(fault.NotFound)
	}
	return &userv1.GetAddressResponse{Address: &typev1.PostalAddress{
		Name: "山田花子", PostalCode: "150-0001", Prefecture: "東京都", City: "渋谷区", Line1: "神宮前1-2-3", Phone: "03-1234-5678",
	}}, nil
}

const unknownAddress = "adr_aaaaaaaaaaaaaaaaaaaaaaaaaa"

func differ[T comparable](what string, got, want T) error {
	if got == want {
		return nil
	}
	return fmt.Errorf("%s = %v, want %v", what, got, want)
}
