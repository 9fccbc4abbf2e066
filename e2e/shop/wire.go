package shop

import (
	"context"
	"net/http"

	"connectrpc.com/connect"

	"github.com/issho-shop/issho/internal/gen/issho/cart/v1/cartv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/reward/v1/rewardv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/search/v1/searchv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/user/v1/userv1connect"
)

// Wire is a protocol that the gateway speaks.
type Wire string

// The protocols.
const (
	JSON    Wire = "Connect JSON" // HTTP/1.1: curl, a browser
	Proto   Wire = "Connect"      // HTTP/2: an app
	GRPC    Wire = "gRPC"         // HTTP/2
	GRPCWeb Wire = "gRPC-Web"     // HTTP/1.1
)

// Wires are all of them.
var Wires = []Wire{JSON, Proto, GRPC, GRPCWeb}

func (w Wire) options() []connect.ClientOption {
	switch w {
	case GRPC:
		return []connect.ClientOption{connect.WithGRPC()}
	case GRPCWeb:
		return []connect.ClientOption{connect.WithGRPCWeb()}
	case Proto:
		return nil
	}
	return []connect.ClientOption{connect.WithProtoJSON()}
}

// Client is somebody's way through the gateway: every service that it lets outsiders call.
type Client struct {
	Catalog    catalogv1connect.CatalogServiceClient
	Shelf      catalogv1connect.CatalogAdminServiceClient
	Search     searchv1connect.SearchServiceClient
	Cart       cartv1connect.CartServiceClient
	Order      orderv1connect.OrderServiceClient
	Stock      orderv1connect.OrderAdminServiceClient
	Payment    paymentv1connect.PaymentServiceClient
	Books      paymentv1connect.PaymentAdminServiceClient
	Reward     rewardv1connect.RewardServiceClient
	Programmes rewardv1connect.RewardAdminServiceClient
	User       userv1connect.UserServiceClient
}

// Client answers the clients of whoever has that token; nobody in particular when it is empty.
func (s *Shop) Client(w Wire, token string) Client {
	h, at, o := s.HTTP(w, token), s.Gateway, w.options()
	return Client{
		Catalog:    catalogv1connect.NewCatalogServiceClient(h, at, o...),
		Shelf:      catalogv1connect.NewCatalogAdminServiceClient(h, at, o...),
		Search:     searchv1connect.NewSearchServiceClient(h, at, o...),
		Cart:       cartv1connect.NewCartServiceClient(h, at, o...),
		Order:      orderv1connect.NewOrderServiceClient(h, at, o...),
		Stock:      orderv1connect.NewOrderAdminServiceClient(h, at, o...),
		Payment:    paymentv1connect.NewPaymentServiceClient(h, at, o...),
		Books:      paymentv1connect.NewPaymentAdminServiceClient(h, at, o...),
		Reward:     rewardv1connect.NewRewardServiceClient(h, at, o...),
		Programmes: rewardv1connect.NewRewardAdminServiceClient(h, at, o...),
		User:       userv1connect.NewUserServiceClient(h, at, o...),
	}
}

// HTTP answers an HTTP client that sends the token and, where the context has one, the trace.
func (s *Shop) HTTP(w Wire, token string) *http.Client {
	next := s.h1
	if w == GRPC || w == Proto {
		next = s.h2
	}
	return &http.Client{Transport: sender{token, next}}
}

type sender struct {
	token string
	next  http.RoundTripper
}

// RoundTrip adds what identifies the caller and the trace.
func (s sender) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	if parent, ok := r.Context().Value(traceKey{}).(string); ok {
		r.Header.Set("Traceparent", parent)
	}
	return s.next.RoundTrip(r)
}

type traceKey struct{}

// Traced has every call under ctx belong to one new trace, whose id is answered: 32 hex digits.
func Traced(ctx context.Context) (context.Context, string) {
	trace, span := hexadecimal(16), hexadecimal(8)
	return context.WithValue(ctx, traceKey{}, "00-"+trace+"-"+span+"-01"), trace
}

func transport(http2 bool) *http.Transport {
	t := &http.Transport{MaxIdleConnsPerHost: 64, Protocols: new(http.Protocols)}
	t.Protocols.SetHTTP1(!http2)
	t.Protocols.SetUnencryptedHTTP2(http2)
	return t
}
