package main

import (
	"context"
	"time"

	"connectrpc.com/connect"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/clock"
	"github.com/issho-shop/issho/internal/flag"
	"github.com/issho-shop/issho/internal/gen/issho/cart/v1/cartv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/reward/v1/rewardv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/user/v1/userv1connect"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/page"
	process "github.com/issho-shop/issho/internal/server"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

var (
	_ orderv1connect.OrderServiceHandler         = (*server)(nil)
	_ orderv1connect.OrderAdminServiceHandler    = adminServer{}
	_ orderv1connect.OrderInternalServiceHandler = (*server)(nil)
)

// server answers order's three services, its events and its loops.
type server struct {
	db       *spandb.DB
	out      *outbox.Outbox
	clock    *clock.Clock
	flags    *flag.Flags
	pages    *page.Sealer
	invites  *group.Invites
	shipping order.Shipping
	hot      *hot
	batch    int // most members whom one transaction carries an outcome to
	meters   meters
	fanOuts  chan decision // groups decided by this process, to be carried out at once
	breaker  circuitbreaker.CircuitBreaker[*paymentv1.AuthoriseResponse]

	catalog catalogv1connect.CatalogInternalServiceClient
	cart    cartv1connect.CartInternalServiceClient
	payment paymentv1connect.PaymentInternalServiceClient
	reward  rewardv1connect.RewardInternalServiceClient
	user    userv1connect.UserInternalServiceClient
}

// newServer wires what every entry point shares.
func newServer(s *process.Server, cfg config, db *spandb.DB, out *outbox.Outbox) (*server, error) {
	pages, err := page.New(cfg.PageKey)
	if err != nil {
		return nil, err
	}
	invites, err := group.NewInvites(cfg.InviteKey)
	if err != nil {
		return nil, err
	}
	meters, err := newMeters()
	if err != nil {
		return nil, err
	}
	srv := &server{
		batch: cfg.FanOutBatch, meters: meters,
		db: db, out: out, clock: s.Clock(), flags: s.Flags(), pages: pages, invites: invites,
		shipping: order.Shipping{Fee: cfg.ShippingFeeYen, FreeFrom: cfg.FreeShippingFromYen},
		fanOuts:  make(chan decision, 1024), breaker: newBreaker(),
		catalog: catalogv1connect.NewCatalogInternalServiceClient(s.HTTPClient(cfg.CatalogURL), cfg.CatalogURL, s.ClientOptions()...),
		cart:    cartv1connect.NewCartInternalServiceClient(s.HTTPClient(cfg.CartURL), cfg.CartURL, s.ClientOptions()...),
		payment: paymentv1connect.NewPaymentInternalServiceClient(s.HTTPClient(cfg.PaymentURL), cfg.PaymentURL, s.ClientOptions()...),
		reward:  rewardv1connect.NewRewardInternalServiceClient(s.HTTPClient(cfg.RewardURL), cfg.RewardURL, s.ClientOptions()...),
		user:    userv1connect.NewUserInternalServiceClient(s.HTTPClient(cfg.UserURL), cfg.UserURL, s.ClientOptions()...),
	}
	srv.hot = newHot(srv.transact)
	srv.hot.lone = db.OneWriter()
	return srv, srv.tellBreaker()
}

// newBreaker opens when payment does not answer at least half of 10 calls within 10 s, and tries again 5 s later: while it
// is open checkouts are refused before they hold anything.
func newBreaker() circuitbreaker.CircuitBreaker[*paymentv1.AuthoriseResponse] {
	return circuitbreaker.NewBuilder[*paymentv1.AuthoriseResponse]().
		HandleIf(unanswered).
		WithFailureRateThreshold(0.5, 10, 10*time.Second).
		WithDelay(5 * time.Second).
		Build()
}

// unanswered says whether a call found payment, or what it needs, away. A refusal is an answer, and a customer who hung up
// says nothing of payment.
func unanswered(_ *paymentv1.AuthoriseResponse, err error) bool {
	switch connect.CodeOf(err) {
	case connect.CodeUnavailable, connect.CodeDeadlineExceeded, connect.CodeInternal, connect.CodeUnknown:
		return err != nil
	}
	return false
}

// events routes what order hears from payment.
func (s *server) events(in *inbox.Inbox) *inbox.Topic {
	t := in.Topic("payment")
	inbox.On(t, "payment.authorised", s.onPaymentAuthorised)
	inbox.On(t, "payment.failed", s.onPaymentFailed)
	inbox.On(t, "payment.captured", s.onPaymentCaptured)
	inbox.On(t, "payment.capture_failed", s.onPaymentCaptureFailed)
	inbox.On(t, "payment.disputed", s.onPaymentDisputed)
	return t
}

// sweep is what the loop does between the ticks.
func (s *server) sweep(ctx context.Context) error {
	ctx = caller.With(ctx, caller.Caller{Service: "order", Method: "sweep"})
	_, err := s.sweepDue(ctx)
	return err
}
