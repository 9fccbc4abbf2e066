package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/services/payment/internal/payment"
	"github.com/issho-shop/issho/services/payment/internal/provider"
)

// maxNotice is far above what Stripe sends.
const maxNotice = 256 << 10

// onStripeWebhook takes the provider's notices. The signature over the raw body is the only proof of who calls. A notice
// is stored once by its id and answered; what it says is a hint: when it would move a payment, a task reads the object
// itself.
func (s *paymentServer) onStripeWebhook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxNotice))
	if err != nil {
		fault.Write(w, r, unread(err))
		return
	}
	n, err := s.provider.Notice(body, r.Header.Get("Stripe-Signature"))
	switch {
	case errors.Is(err, provider.ErrSignature):
		s.meters.noticed(r.Context(), "refused")
		slog.WarnContext(r.Context(), "a webhook was not believed", "error", err)
		fault.Write(w, r, fault.New(fault.TokenInvalid).Because(err))
		return
	case err != nil:
		s.meters.noticed(r.Context(), "refused")
		fault.Write(w, r, fault.Field("body", "is no event").Because(err))
		return
	}
	ctx := caller.With(r.Context(), caller.Caller{Service: "stripe", Method: n.Type})
	if err := s.takeNotice(ctx, n); err != nil {
		s.meters.noticed(ctx, "failed")
		slog.WarnContext(ctx, "a webhook was not stored; the provider sends it again", "type", n.Type, "error", err)
		fault.Write(w, r, err)
		return
	}
	s.meters.noticed(ctx, "taken")
	w.WriteHeader(http.StatusOK)
}

// unread is why a body could not be read: it is too large, or its sender went away.
func unread(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return fault.New(fault.TooLarge).Because(err)
	}
	return fault.Field("body", "was cut off; send it again").Because(err)
}

// taking is one notice on its way into the table.
type taking struct {
	ctx context.Context
	n   provider.Notice
}

func (t taking) same() string { return t.n.ID }

func (t taking) hint() payment.Hint {
	return payment.Hint{PaymentID: t.n.PaymentID, IntentID: t.n.IntentID}
}

// takeNotice stores a notice and, where it is news, the task that follows it. A second time it does nothing.
func (s *paymentServer) takeNotice(ctx context.Context, n provider.Notice) error {
	return s.notices.Do(ctx, taking{ctx, n})
}

// takeNotices takes those in one transaction that have come while another was in flight.
func (s *paymentServer) takeNotices(ctx context.Context, all []taking) (each []error, whole error) {
	_, whole = s.outbox.Update(ctx, "take_notices", func(ctx context.Context, tx *spanner.ReadWriteTransaction, out *outbox.Batch) error {
		each = make([]error, len(all))
		var events []string
		var hints []payment.Hint
		for _, t := range all {
			events, hints = append(events, t.n.ID), append(hints, t.hint())
		}
		known, err := payment.KnownNotices(ctx, tx, events)
		if err != nil {
			return err
		}
		about, err := payment.OfHints(ctx, tx, hints)
		if err != nil {
			return err
		}
		for i, t := range all {
			if known[t.n.ID] {
				continue
			}
			p, ok := about[t.hint()]
			if each[i] = s.take(t, p, ok, tx, out); each[i] != nil && !errors.As(each[i], new(*fault.Error)) {
				return each[i]
			}
		}
		return nil
	})
	return each, whole
}

// take writes one notice about a payment, if it is about one of ours.
func (s *paymentServer) take(t taking, p payment.Payment, ours bool, tx *spanner.ReadWriteTransaction, out *outbox.Batch) error {
	if ours && early(p, t.n) {
		return fault.New(fault.DependencyUnavailable) // the provider sends it again
	}
	if ours && news(p, t.n) && !attended(p, s.clock.Now()) {
		out.Add(t.ctx, hintTask(p.ID, t.n.ID))
	}
	m, err := payment.InsertNotice(payment.Notice{EventID: t.n.ID, Type: t.n.Type, ObjectID: t.n.IntentID, PaymentID: p.ID})
	if err != nil {
		return err
	}
	return tx.BufferWrite([]*spanner.Mutation{m})
}

// attended tells that somebody is making the call of which a notice tells, under a lease: the answer says as much, and when
// it does not come, the sweep reads the object as soon as the lease is over.
func attended(p payment.Payment, now time.Time) bool {
	calling := p.State == payment.Created || p.State == payment.Capturing && p.Attempts == 0
	return calling && p.NextAt.Valid && p.NextAt.Time.After(now)
}

// early tells of a dispute that has overtaken the news of its capture.
func early(p payment.Payment, n provider.Notice) bool {
	return isDispute(n) && !p.Taken() && p.State != payment.Voided && p.State != payment.Failed
}

func isDispute(n provider.Notice) bool { return strings.HasPrefix(n.Type, "charge.dispute.") }

// news tells whether a notice says more than the payment knows. One about a refund counts while one is being made, and after
// when it may be that one has failed.
func news(p payment.Payment, n provider.Notice) bool {
	switch {
	case n.Status != "":
	case isDispute(n):
		return p.Taken()
	case n.Type == "refund.failed" || n.Type == "charge.refund.updated" || n.Type == "refund.updated":
		return p.State == payment.Refunding || p.Refunded > 0
	default:
		return p.State == payment.Refunding
	}
	return n.Status != provider.Unconfirmed && payment.Change{Payment: p}.News(payment.Status(n.Status))
}
