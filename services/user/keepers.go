package main

import (
	"context"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/internal/gen/issho/cart/v1/cartv1connect"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/gen/issho/reward/v1/rewardv1connect"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/internal/server"
)

// keeper is a service that keeps something of customers, this one included.
type keeper struct {
	name   string
	export func(ctx context.Context, customer, page string) (records []*typev1.UserRecord, next string, err error)
	erase  func(ctx context.Context, customer string) (erased, kept int64, err error)
}

func (s *userServer) keeper(name string) (keeper, bool) {
	for _, k := range s.keepers {
		if k.name == name {
			return k, true
		}
	}
	return keeper{}, false
}

// openKeepers answers every service that keeps something, in the order of an export.
func openKeepers(s *server.Server, cfg config, own *userServer) []keeper {
	return []keeper{
		userKeeper(own),
		orderKeeper(orderv1connect.NewOrderInternalServiceClient(s.HTTPClient(cfg.OrderURL), cfg.OrderURL, s.ClientOptions()...)),
		paymentKeeper(paymentv1connect.NewPaymentInternalServiceClient(s.HTTPClient(cfg.PaymentURL), cfg.PaymentURL, s.ClientOptions()...)),
		rewardKeeper(rewardv1connect.NewRewardInternalServiceClient(s.HTTPClient(cfg.RewardURL), cfg.RewardURL, s.ClientOptions()...)),
		cartKeeper(cartv1connect.NewCartInternalServiceClient(s.HTTPClient(cfg.CartURL), cfg.CartURL, s.ClientOptions()...)),
		catalogKeeper(catalogv1connect.NewCatalogInternalServiceClient(s.HTTPClient(cfg.CatalogURL), cfg.CatalogURL, s.ClientOptions()...)),
	}
}

func userKeeper(own *userServer) keeper {
	return keeper{"user",
		func(ctx context.Context, customer, page string) ([]*typev1.UserRecord, string, error) {
			res, err := own.ExportUser(ctx, &userv1.ExportUserRequest{CustomerId: customer, PageToken: page})
			return res.GetRecords(), res.GetNextPageToken(), err
		},
		func(ctx context.Context, customer string) (int64, int64, error) {
			res, err := own.EraseUser(ctx, &userv1.EraseUserRequest{CustomerId: customer})
			return res.GetErased(), res.GetKept(), err
		},
	}
}

func cartKeeper(c cartv1connect.CartInternalServiceClient) keeper {
	return keeper{"cart",
		func(ctx context.Context, customer, page string) ([]*typev1.UserRecord, string, error) {
			res, err := c.ExportUser(ctx, &cartv1.ExportUserRequest{CustomerId: customer, PageToken: page})
			return res.GetRecords(), res.GetNextPageToken(), err
		},
		func(ctx context.Context, customer string) (int64, int64, error) {
			res, err := c.EraseUser(ctx, &cartv1.EraseUserRequest{CustomerId: customer})
			return res.GetErased(), res.GetKept(), err
		},
	}
}

func catalogKeeper(c catalogv1connect.CatalogInternalServiceClient) keeper {
	return keeper{"catalog",
		func(ctx context.Context, customer, page string) ([]*typev1.UserRecord, string, error) {
			res, err := c.ExportUser(ctx, &catalogv1.ExportUserRequest{CustomerId: customer, PageToken: page})
			return res.GetRecords(), res.GetNextPageToken(), err
		},
		func(ctx context.Context, customer string) (int64, int64, error) {
			res, err := c.EraseUser(ctx, &catalogv1.EraseUserRequest{CustomerId: customer})
			return res.GetErased(), res.GetKept(), err
		},
	}
}

func orderKeeper(c orderv1connect.OrderInternalServiceClient) keeper {
	return keeper{"order",
		func(ctx context.Context, customer, page string) ([]*typev1.UserRecord, string, error) {
			res, err := c.ExportUser(ctx, &orderv1.ExportUserRequest{CustomerId: customer, PageToken: page})
			return res.GetRecords(), res.GetNextPageToken(), err
		},
		func(ctx context.Context, customer string) (int64, int64, error) {
			res, err := c.EraseUser(ctx, &orderv1.EraseUserRequest{CustomerId: customer})
			return res.GetErased(), res.GetKept(), err
		},
	}
}

func paymentKeeper(c paymentv1connect.PaymentInternalServiceClient) keeper {
	return keeper{"payment",
		func(ctx context.Context, customer, page string) ([]*typev1.UserRecord, string, error) {
			res, err := c.ExportUser(ctx, &paymentv1.ExportUserRequest{CustomerId: customer, PageToken: page})
			return res.GetRecords(), res.GetNextPageToken(), err
		},
		func(ctx context.Context, customer string) (int64, int64, error) {
			res, err := c.EraseUser(ctx, &paymentv1.EraseUserRequest{CustomerId: customer})
			return res.GetErased(), res.GetKept(), err
		},
	}
}

func rewardKeeper(c rewardv1connect.RewardInternalServiceClient) keeper {
	return keeper{"reward",
		func(ctx context.Context, customer, page string) ([]*typev1.UserRecord, string, error) {
			res, err := c.ExportUser(ctx, &rewardv1.ExportUserRequest{CustomerId: customer, PageToken: page})
			return res.GetRecords(), res.GetNextPageToken(), err
		},
		func(ctx context.Context, customer string) (int64, int64, error) {
			res, err := c.EraseUser(ctx, &rewardv1.EraseUserRequest{CustomerId: customer})
			return res.GetErased(), res.GetKept(), err
		},
	}
}
