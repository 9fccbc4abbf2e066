package main

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/issho-shop/issho/internal/caller"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

const (
	sweepEvery  = 5 * time.Second
	sweepAtOnce = 4   // payments advanced at the same time
	sweepLimit  = 100 // payments looked at in one run
)

// Sweep is the minute tick: it advances payments that wait and resends what was not sent.
func (s *paymentServer) Sweep(ctx context.Context, _ *paymentv1.SweepRequest) (*paymentv1.SweepResponse, error) {
	sent, err := s.outbox.Sweep(ctx)
	advanced, err2 := s.sweepDue(ctx)
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	return &paymentv1.SweepResponse{Count: int64(sent + advanced)}, nil
}

// sweepLoop does the same every few seconds in each instance.
func (s *paymentServer) sweepLoop(ctx context.Context) error {
	ctx = caller.With(ctx, caller.Caller{Service: "payment", Method: "sweep"})
	_, err := s.outbox.Sweep(ctx)
	_, err2 := s.sweepDue(ctx)
	return errors.Join(err, err2)
}

// sweepDue advances payments that are due, as many as this instance may: which of them is chance, so that instances
// share them. One that cannot be advanced does not hold up the others.
func (s *paymentServer) sweepDue(ctx context.Context) (int, error) {
	now, err := spandb.Now(ctx, s.db.Recent(), s.clock)
	if err != nil {
		return 0, err
	}
	ids, err := payment.ListDue(ctx, s.db.Recent(), now, sweepLimit)
	if err != nil {
		return 0, err
	}
	var advanced atomic.Int64
	var workers sync.WaitGroup
	work := make(chan string)
	for range sweepAtOnce {
		workers.Go(func() {
			for paymentID := range work {
				_, mine, err := s.advanceDue(ctx, paymentID)
				if err != nil {
					slog.WarnContext(ctx, "the sweep could not advance a payment", "payment", paymentID, "error", err)
					continue
				}
				if mine {
					advanced.Add(1)
				}
			}
		})
	}
	rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	for _, paymentID := range ids {
		if !s.swept.Allow() {
			break
		}
		work <- paymentID
	}
	close(work)
	workers.Wait()
	return int(advanced.Load()), nil
}
