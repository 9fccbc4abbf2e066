package main

import (
	"context"
	"errors"
	"time"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
	"github.com/issho-shop/issho/services/order/internal/shortage"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

// sweepLimit is how much of a kind one sweep takes on; the next one goes on.
const sweepLimit = 100

// Sweep is the minute tick: it finishes what tasks and requests that died have left behind.
func (s *server) Sweep(ctx context.Context, _ *orderv1.SweepRequest) (*orderv1.SweepResponse, error) {
	abandoned, err := s.sweepUnpaid(ctx)
	late, err2 := s.sweepDue(ctx)
	over, err3 := s.sweepOver(ctx)
	unsent, err4 := s.out.Sweep(ctx)
	return &orderv1.SweepResponse{Count: int64(abandoned + late + over + unsent)}, errors.Join(err, err2, err3, err4)
}

// sweepOver completes orders, and goes on with shortages that were left.
func (s *server) sweepOver(ctx context.Context) (int, error) {
	now, err := spandb.Now(ctx, s.db.Single(), s.clock)
	if err != nil {
		return 0, err
	}
	delivered, err := order.CompleteBy(ctx, s.db.Single(), now, sweepLimit)
	if err != nil {
		return 0, err
	}
	short, err := shortage.Unfinished(ctx, s.db.Single(), sweepLimit)
	if err != nil {
		return 0, err
	}
	return len(delivered) + len(short), errors.Join(each(ctx, delivered, s.completeOrder), each(ctx, short, s.makeGood))
}

// sweepDue applies what the clock demands and no task has done: holds, deadlines, and outcomes on their way, levels not told.
func (s *server) sweepDue(ctx context.Context) (int, error) {
	now, err := spandb.Now(ctx, s.db.Single(), s.clock)
	if err != nil {
		return 0, err
	}
	holds, err := order.HoldsEndedBy(ctx, s.db.Single(), now, sweepLimit)
	if err != nil {
		return 0, err
	}
	due, err := group.DueBy(ctx, s.db.Single(), now, sweepLimit)
	if err != nil {
		return 0, err
	}
	open, err := group.FanningOut(ctx, s.db.Single(), sweepLimit)
	if err != nil {
		return 0, err
	}
	levels, err := stock.LevelsDueBy(ctx, s.db.Single(), now, sweepLimit)
	if err != nil {
		return 0, err
	}
	return len(holds) + len(due) + len(open) + len(levels), errors.Join(
		each(ctx, holds, s.expireHold), each(ctx, due, s.reachDeadline), each(ctx, open, s.fanOut), each(ctx, levels, s.tellLevel))
}

// sweepUnpaid asks payment again about orders whose checkout did not hear from it, while their hold lasts.
func (s *server) sweepUnpaid(ctx context.Context) (int, error) {
	made := s.clock.Now().Add(-3 * authoriseAfter)
	unpaid, err := order.UnpaidSince(ctx, s.db.Single(), made, sweepLimit)
	if err != nil {
		return 0, err
	}
	return len(unpaid), each(ctx, unpaid, func(ctx context.Context, orderID string) error {
		_, err := s.AuthoriseOrder(ctx, &orderv1.AuthoriseOrderRequest{OrderId: orderID})
		return err
	})
}

// each does all of them, and answers what went wrong; one that fails does not stop the others.
func each(ctx context.Context, ids []string, do func(context.Context, string) error) error {
	var failed []error
	for _, id := range ids {
		if ctx.Err() != nil {
			return errors.Join(append(failed, ctx.Err())...)
		}
		failed = append(failed, do(ctx, id))
	}
	return errors.Join(failed...)
}

// sweepEvery is how often an instance looks for itself; the minute tick serves for when none is awake.
const sweepEvery = 5 * time.Second
