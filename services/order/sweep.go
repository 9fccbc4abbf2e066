package main

import (
	"context"
	"errors"
	"math/bits"
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
	closed, err3 := s.closeGroups(ctx)
	over, err4 := s.sweepOver(ctx)
	unsent, err5 := s.out.Sweep(ctx)
	return &orderv1.SweepResponse{Count: int64(abandoned + late + closed + over + unsent)}, errors.Join(err, err2, err3, err4, err5)
}

// sweepOver completes orders, and goes on with shortages that were left.
func (s *server) sweepOver(ctx context.Context) (int, error) {
	now, err := spandb.Now(ctx, s.db.Recent(), s.clock)
	if err != nil {
		return 0, err
	}
	delivered, err := order.CompleteBy(ctx, s.db.Recent(), now, sweepLimit)
	if err != nil {
		return 0, err
	}
	short, err := shortage.Unfinished(ctx, s.db.Recent(), sweepLimit)
	if err != nil {
		return 0, err
	}
	return len(delivered) + len(short), errors.Join(each(ctx, delivered, s.completeOrder), each(ctx, short, s.makeGood))
}

// sweepDue applies what the clock demands and no task has done: holds, deadlines, and outcomes on their way, levels not told.
func (s *server) sweepDue(ctx context.Context) (int, error) {
	now, err := spandb.Now(ctx, s.db.Recent(), s.clock)
	if err != nil {
		return 0, err
	}
	var holds, due, open []string
	err = s.db.RecentSnapshot(ctx, func(ctx context.Context, r spandb.Reader) (err error) {
		if holds, err = order.HoldsEndedBy(ctx, r, now, sweepLimit); err != nil {
			return err
		}
		if due, err = group.DueBy(ctx, r, now, sweepLimit); err != nil {
			return err
		}
		open, err = group.FanningOut(ctx, r, sweepLimit)
		return err
	})
	if err != nil {
		return 0, err
	}
	levels, err := stock.LevelsDueBy(ctx, s.db.Recent(), now, sweepLimit)
	if err != nil {
		return 0, err
	}
	s.meters.swept(ctx, "hold", len(holds))
	s.meters.swept(ctx, "deadline", len(due))
	s.meters.swept(ctx, "fan_out", len(open))
	s.meters.swept(ctx, "level", len(levels))
	return len(holds) + len(due) + len(open) + len(levels), errors.Join(
		each(ctx, holds, s.expireHold), each(ctx, due, s.reachDeadline), each(ctx, open, s.fanOut), each(ctx, levels, s.tellLevel))
}

// sweepUnpaid asks payment again about orders whose checkout did not hear from it, while their hold lasts.
func (s *server) sweepUnpaid(ctx context.Context) (int, error) {
	now := s.clock.Now()
	var waiting []order.Unpaid
	err := s.db.RecentSnapshot(ctx, func(ctx context.Context, r spandb.Reader) (err error) {
		waiting, err = order.UnpaidAt(ctx, r, now, 10*sweepLimit)
		return err
	})
	if err != nil {
		return 0, err
	}
	var unpaid []string
	for _, u := range waiting {
		if worthAsking(now.Sub(u.CreatedAt)) && len(unpaid) < sweepLimit {
			unpaid = append(unpaid, u.OrderID)
		}
	}
	s.meters.swept(ctx, "unpaid", len(unpaid))
	return len(unpaid), each(ctx, unpaid, func(ctx context.Context, orderID string) error {
		_, err := s.AuthoriseOrder(ctx, &orderv1.AuthoriseOrderRequest{OrderId: orderID})
		return err
	})
}

// worthAsking says whether payment is asked again about an order unpaid for so long: in its first, second, fourth and
// eighth minute. Most such orders wait for a customer who looks at a page of the bank, and each question is one to the
// provider.
func worthAsking(age time.Duration) bool {
	minute := uint(age / time.Minute)
	return bits.OnesCount(minute) == 1
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
