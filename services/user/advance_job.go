package main

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/services/user/internal/job"
)

// advanceFor is how long one request or sweep works on a job; whoever comes next goes on where it stopped.
const advanceFor = 5 * time.Second

// begin commits a new job with whatever belongs to it; the same request meanwhile is REQUEST_IN_FLIGHT.
func (s *userServer) begin(ctx context.Context, j job.Job, with ...firedb.Write) error {
	err := firedb.Commit(ctx, s.db, append(j.Put(s.db, s.cause(ctx)), with...)...)
	if firedb.Exists(err) {
		return fault.New(fault.RequestInFlight).Because(err)
	}
	return err
}

// goOn answers the job as it stands after as many steps as could be made now; what failed is for the sweep.
func (s *userServer) goOn(ctx context.Context, j job.Job) job.Job {
	after, err := s.advance(ctx, j.CustomerID, j.ID)
	if err != nil {
		slog.WarnContext(ctx, "job left to the sweep", "job", j.ID, "error", err)
		return j
	}
	return after
}

// advance makes the steps of a job until it is done, has to wait or time is over, and answers it as it then stands. Each
// step may be made twice, here and by somebody at the same moment: services take a repeat for nothing, and only one of the
// two writes it down.
func (s *userServer) advance(ctx context.Context, customer, jobID string) (job.Job, error) {
	end := time.Now().Add(advanceFor)
	for {
		j, ok, err := job.Get(ctx, s.db, customer, jobID)
		if err != nil {
			return j, err
		}
		if !ok {
			return j, fault.New(fault.NotFound)
		}
		waited := j.Next() != nil && j.Next().WaitsFor != ""
		if j.State == job.Done || time.Now().After(end) || waited && s.now().Before(j.NextAt) {
			return j, nil
		}
		if err := s.step(ctx, j); err != nil && fault.ReasonOf(err) != fault.Conflict {
			return j, err
		}
	}
}

// step makes the next step of a job and writes it down, or why it waits.
func (s *userServer) step(ctx context.Context, j job.Job) error {
	made := s.export
	if j.Kind == job.Erasure {
		made = s.erase
	}
	with, err := made(ctx, &j)
	if err != nil {
		reason := fault.Of(err).Reason()
		j.Wait(string(reason), reason != fault.OrderState, s.now())
		with = nil
	}
	return firedb.Commit(ctx, s.db, append(j.Put(s.db, s.cause(ctx)), with...)...)
}

func (s *userServer) cause(ctx context.Context) job.Cause {
	who := caller.From(ctx)
	by := job.Cause{Actor: who.Actor(), Method: who.Method, At: s.now()}
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		by.Trace = span.TraceID().String()
	}
	return by
}
