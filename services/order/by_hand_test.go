package main

import (
	"context"
	"sync/atomic"

	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/internal/outbox"
	process "github.com/issho-shop/issho/internal/server"
	"github.com/issho-shop/issho/internal/spandb"
)

// byHand is run without its loops: sweeps and fan-outs come when the test asks for them, and at no other time.
func byHand(ctx context.Context, s *process.Server, cfg config) error {
	var srv atomic.Pointer[server]
	return serving(&srv)(ctx, s, cfg)
}

// serving is byHand for a test that looks inside.
func serving(inside *atomic.Pointer[server]) func(context.Context, *process.Server, config) error {
	return func(ctx context.Context, s *process.Server, cfg config) error {
		return serveByHand(ctx, s, cfg, inside)
	}
}

func serveByHand(ctx context.Context, s *process.Server, cfg config, inside *atomic.Pointer[server]) error {
	db, err := spandb.Open(ctx, cfg.SpannerDatabase)
	if err != nil {
		return err
	}
	defer db.Close()
	out, err := outbox.New(ctx, "order", db, s.Clock(), cfg.Outbox)
	if err != nil {
		return err
	}
	defer out.Close()
	srv, err := newServer(s, cfg, db, out)
	if err != nil {
		return err
	}
	inside.Store(srv)
	s.RPC(orderv1connect.NewOrderServiceHandler(srv, s.Options()...))
	s.RPC(orderv1connect.NewOrderAdminServiceHandler(adminServer{srv}, s.Options()...))
	s.RPC(orderv1connect.NewOrderInternalServiceHandler(srv, s.Options()...))
	s.Handle("POST /events/payment", srv.events(inbox.New("order", s.Verifier(), out.Topics())))
	return s.Serve(ctx)
}
