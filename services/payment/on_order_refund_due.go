package main

import (
	"context"
	"errors"
	"fmt"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/inbox"
	"github.com/issho-shop/issho/services/payment/internal/payment"
)

// onOrderRefundDue gives money back for lines of an order that lives on; a task makes the calls. A repeated line meets itself
// by its key. More than was taken, all refunds together, is refused for good, and then none of the event's lines is asked for.
func (s *paymentServer) onOrderRefundDue(ctx context.Context, _ inbox.Event, m *orderv1.OrderEvent) error {
	if len(m.GetRefundsDue()) == 0 {
		return inbox.Refuse(errors.New("the event names no line to refund"))
	}
	paymentID, ok, err := payment.OfOrder(ctx, s.db.Single(), m.GetOrderId())
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("order %s has a refund due and no payment yet", m.GetOrderId())
	}
	_, err = s.change(ctx, paymentID, func(c *payment.Change) error {
		for _, due := range m.GetRefundsDue() {
			if err := askRefund(c, due); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, payment.ErrAmount) {
		return inbox.Refuse(err)
	}
	return err
}

func askRefund(c *payment.Change, due *orderv1.RefundDue) error {
	if due.GetKey() == "" || due.GetAmount().GetCurrency() != c.Payment.Currency {
		return fmt.Errorf("line %q without a key or in another currency: %w", due.GetSku(), payment.ErrAmount)
	}
	if due.GetAmount().GetAmount() == 0 { // points paid for all of it
		return nil
	}
	return c.AskRefund(id.Derive("rfd", c.Payment.ID, due.GetKey()), due.GetAmount().GetAmount(), short(due.GetReason()))
}

// short keeps a word of somebody else's within its column.
func short(reason string) string {
	if reason == "" {
		return "order.refund_due"
	}
	if r := []rune(reason); len(r) > 60 {
		return string(r[:60])
	}
	return reason
}
