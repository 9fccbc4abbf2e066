package main

import (
	"context"
	"time"

	"github.com/issho-shop/issho/internal/clock"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	"github.com/issho-shop/issho/internal/gen/issho/reward/v1/rewardv1connect"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/internal/server"
	"github.com/issho-shop/issho/internal/spandb"
)

type rewardServer struct {
	db     *spandb.DB
	outbox *outbox.Outbox
	clock  *clock.Clock
	pages  *page.Sealer
	orders orderv1connect.OrderInternalServiceClient
}

var (
	_ rewardv1connect.RewardServiceHandler         = (*rewardServer)(nil)
	_ rewardv1connect.RewardAdminServiceHandler    = (*rewardServer)(nil)
	_ rewardv1connect.RewardInternalServiceHandler = (*rewardServer)(nil)
)

// routes tells who calls what.
func (s *rewardServer) routes(on *server.Server, in *inbox.Inbox) {
	on.RPC(rewardv1connect.NewRewardServiceHandler(s, on.Options()...))         // customers, through the gateway
	on.RPC(rewardv1connect.NewRewardAdminServiceHandler(s, on.Options()...))    // operators, through the gateway
	on.RPC(rewardv1connect.NewRewardInternalServiceHandler(s, on.Options()...)) // order, tasks, scheduler, ops

	orders := in.Topic("order")
	inbox.On(orders, "order.paid", s.onOrderPaid)
	inbox.On(orders, "order.cancelled", s.onOrderCancelled)
	inbox.On(orders, "order.completed", s.onOrderCompleted)
	inbox.On(orders, "order.refund_due", s.onOrderRefundDue)
	on.Handle("POST /events/order", orders) // Pub/Sub

	payments := in.Topic("payment")
	inbox.On(payments, "payment.refunded", s.onPaymentRefunded)
	on.Handle("POST /events/payment", payments) // Pub/Sub

	on.Loop("outbox", 5*time.Second, func(ctx context.Context) error {
		_, err := s.outbox.Sweep(ctx)
		return err
	})
	on.Ready("spanner", s.db.Ping)
}
