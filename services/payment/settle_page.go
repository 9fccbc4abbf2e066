package main

import (
	"context"
	"fmt"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/payment/internal/ledger"
	"github.com/issho-shop/issho/services/payment/internal/manual"
	"github.com/issho-shop/issho/services/payment/internal/payment"
	"github.com/issho-shop/issho/services/payment/internal/provider"
	"github.com/issho-shop/issho/services/payment/internal/settlement"
)

// settlementMark leads the id of the manual work of a difference; its subject follows.
const settlementMark = "settlement/"

// moved is a movement with the payment and the journal it belongs to.
type moved struct {
	provider.Movement
	payment payment.Payment
	journal string // '' when our books do not know such a thing
}

// settlePage matches one page, once: a run that was overtaken by another changes nothing.
func (s *paymentServer) settlePage(ctx context.Context, po provider.Payout, after string, page []provider.Movement) error {
	all, err := s.identify(ctx, page)
	if err != nil {
		return err
	}
	_, err = s.outbox.Update(ctx, "settle_page", func(ctx context.Context, tx *spanner.ReadWriteTransaction, _ *outbox.Batch) error {
		row, ok, err := settlement.Get(ctx, tx, po.ID)
		if err != nil || ok && row.LastID != after {
			return err
		}
		row.PayoutID, row.Amount, row.Currency, row.ArrivedAt = po.ID, po.Amount, po.Currency, po.ArrivedAt
		first, err := row.Put() // differences hang on it
		if err != nil {
			return err
		}
		if err := tx.BufferWrite([]*spanner.Mutation{first}); err != nil {
			return err
		}
		seen, err := readPage(ctx, tx, all)
		if err != nil {
			return err
		}
		for _, m := range all {
			if row.LastID = m.ID; m.Kind == provider.MovedPayout {
				continue
			}
			row.Movements++
			row.Fees += m.Fee
			if err := s.match(ctx, tx, &row, m, seen); err != nil {
				return err
			}
		}
		put, err := row.Put()
		if err != nil {
			return err
		}
		return tx.BufferWrite([]*spanner.Mutation{put})
	})
	return err
}

// identify finds what each movement is in our books. A payment that has not heard of its movement yet looks at the provider
// first: what was merely missed is no difference.
func (s *paymentServer) identify(ctx context.Context, page []provider.Movement) ([]moved, error) {
	var intents, journals []string
	for _, m := range page {
		if m.IntentID != "" {
			intents = append(intents, m.IntentID)
		}
	}
	var owners map[string]payment.Payment
	err := s.db.Snapshot(ctx, func(ctx context.Context, r spandb.Reader) (err error) {
		owners, err = payment.OfIntents(ctx, r, intents)
		return err
	})
	if err != nil {
		return nil, err
	}
	all := make([]moved, len(page))
	for i, m := range page {
		p := owners[m.IntentID] // the zero Payment when it is none of ours
		all[i] = moved{Movement: m, payment: p, journal: journalOf(m, p)}
		if all[i].journal != "" {
			journals = append(journals, all[i].journal)
		}
	}
	known, err := ledger.KnownOf(ctx, s.db.Single(), journals)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if m.journal == "" || known[m.journal] {
			continue
		}
		if err := s.catchUp(ctx, m.payment); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (s *paymentServer) catchUp(ctx context.Context, p payment.Payment) error {
	if err := s.advance(ctx, p.ID); err != nil {
		return fmt.Errorf("read payment %s before it is matched: %w", p.ID, err)
	}
	return nil
}

// pageRows are the rows that a page's movements meet, read together.
type pageRows struct {
	settled map[string]bool             // by movement
	pending map[string]ledger.Unsettled // by journal
}

func readPage(ctx context.Context, tx *spanner.ReadWriteTransaction, page []moved) (seen pageRows, err error) {
	var movements, journals []string
	for _, m := range page {
		movements, journals = append(movements, m.ID), append(journals, m.journal)
	}
	if seen.settled, err = settlement.SettledOf(ctx, tx, movements); err != nil {
		return seen, err
	}
	seen.pending, err = ledger.ListUnsettled(ctx, tx, journals...)
	return seen, err
}

// match settles a movement with its journal, or reports the difference.
func (s *paymentServer) match(ctx context.Context, tx *spanner.ReadWriteTransaction, row *settlement.Settlement, m moved, seen pageRows) error {
	if seen.settled[m.ID] {
		row.Matched++
		return nil
	}
	u, ok := seen.pending[m.journal]
	if ok && u.Amount == m.Amount && u.Currency == m.Currency {
		row.Matched++
		delete(seen.pending, m.journal) // once, also within a page
		settled, err := settlement.Settle(m.ID, m.journal, row.PayoutID)
		if err != nil {
			return err
		}
		return tx.BufferWrite([]*spanner.Mutation{settled, ledger.Settle(m.journal)})
	}
	d := settlement.Difference{
		PayoutID: row.PayoutID, Subject: m.ID, Kind: settlement.MissingHere, PaymentID: m.payment.ID, OrderID: m.payment.OrderID, Theirs: m.Amount,
	}
	if ok {
		d.Kind, d.JournalID, d.Ours = settlement.AmountDiffers, m.journal, u.Amount
	}
	return s.report(ctx, tx, *row, d)
}

// report stores a difference and asks an operator about it. One that was decided, or is another payout's already, is not asked
// about again.
func (s *paymentServer) report(ctx context.Context, tx *spanner.ReadWriteTransaction, row settlement.Settlement, d settlement.Difference) error {
	workID := settlementMark + d.Subject
	known, ok, err := manual.Get(ctx, tx, workID)
	if err != nil || ok && known.PayoutID != row.PayoutID {
		return err
	}
	put, err := d.Put()
	if err != nil {
		return err
	}
	ms := []*spanner.Mutation{put}
	if !ok || known.Decision == string(payment.Retry) {
		now, err := spandb.Now(ctx, tx, s.clock)
		if err != nil {
			return err
		}
		asked, err := manual.Open(manual.Work{
			ID: workID, Kind: manual.Settlement, PaymentID: d.PaymentID, OrderID: d.OrderID, PayoutID: d.PayoutID,
			Amount: d.Theirs - d.Ours, Currency: row.Currency, Detail: fmt.Sprintf("%s: %d here, %d there", d.Kind, d.Ours, d.Theirs), OpenedAt: now,
		})
		if err != nil {
			return err
		}
		ms = append(ms, asked)
	}
	return tx.BufferWrite(ms)
}
