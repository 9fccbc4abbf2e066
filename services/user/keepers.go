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
	order := orderv1connect.NewOrderInternalServiceClient(s.HTTPClient(cfg.OrderURL), cfg.OrderURL, s.ClientOptions()...)
	payment := paymentv1connect.NewPaymentInternalServiceClient(s.HTTPClient(cfg.PaymentURL), cfg.PaymentURL, s.ClientOptions()...)
	reward := rewardv1connect.NewRewardInternalServiceClient(s.HTTPClient(cfg.RewardURL), cfg.RewardURL, s.ClientOptions()...)
	cart := cartv1connect.NewCartInternalServiceClient(s.HTTPClient(cfg.CartURL), cfg.CartURL, s.ClientOptions()...)
	catalog := catalogv1connect.NewCatalogInternalServiceClient(s.HTTPClient(cfg.CatalogURL), cfg.CatalogURL, s.ClientOptions()...)
	return []keeper{
		keeps("user", own.ExportUser, own.EraseUser,
			func(customer, page string) *userv1.ExportUserRequest {
				return &userv1.ExportUserRequest{CustomerId: customer, PageToken: page}
			},
			func(customer string) *userv1.EraseUserRequest { return &userv1.EraseUserRequest{CustomerId: customer} }),
		keeps("order", order.ExportUser, order.EraseUser,
			func(customer, page string) *orderv1.ExportUserRequest {
				return &orderv1.ExportUserRequest{CustomerId: customer, PageToken: page}
			},
			func(customer string) *orderv1.EraseUserRequest {
				return &orderv1.EraseUserRequest{CustomerId: customer}
			}),
		keeps("payment", payment.ExportUser, payment.EraseUser,
			func(customer, page string) *paymentv1.ExportUserRequest {
				return &paymentv1.ExportUserRequest{CustomerId: customer, PageToken: page}
			},
			func(customer string) *paymentv1.EraseUserRequest {
				return &paymentv1.EraseUserRequest{CustomerId: customer}
			}),
		keeps("reward", reward.ExportUser, reward.EraseUser,
			func(customer, page string) *rewardv1.ExportUserRequest {
				return &rewardv1.ExportUserRequest{CustomerId: customer, PageToken: page}
			},
			func(customer string) *rewardv1.EraseUserRequest {
				return &rewardv1.EraseUserRequest{CustomerId: customer}
			}),
		keeps("cart", cart.ExportUser, cart.EraseUser,
			func(customer, page string) *cartv1.ExportUserRequest {
				return &cartv1.ExportUserRequest{CustomerId: customer, PageToken: page}
			},
			func(customer string) *cartv1.EraseUserRequest { return &cartv1.EraseUserRequest{CustomerId: customer} }),
		keeps("catalog", catalog.ExportUser, catalog.EraseUser,
			func(customer, page string) *catalogv1.ExportUserRequest {
				return &catalogv1.ExportUserRequest{CustomerId: customer, PageToken: page}
			},
			func(customer string) *catalogv1.EraseUserRequest {
				return &catalogv1.EraseUserRequest{CustomerId: customer}
			}),
	}
}

// keeps makes one shape of the services' ExportUser and EraseUser methods, whose requests x and e make.
func keeps[XQ any, XR exportReply, EQ any, ER eraseReply](
	name string, export func(context.Context, *XQ) (XR, error), erase func(context.Context, *EQ) (ER, error),
	x func(customer, page string) *XQ, e func(customer string) *EQ,
) keeper {
	return keeper{name,
		func(ctx context.Context, customer, page string) ([]*typev1.UserRecord, string, error) {
			res, err := export(ctx, x(customer, page))
			return res.GetRecords(), res.GetNextPageToken(), err
		},
		func(ctx context.Context, customer string) (int64, int64, error) {
			res, err := erase(ctx, e(customer))
			return res.GetErased(), res.GetKept(), err
		},
	}
}

type exportReply interface {
	GetRecords() []*typev1.UserRecord
	GetNextPageToken() string
}

type eraseReply interface {
	GetErased() int64
	GetKept() int64
}
