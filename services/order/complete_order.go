package main

import "context"

// completeOrder ends an order that is delivered for long enough and has no return open; too early it does nothing.
func (s *server) completeOrder(ctx context.Context, orderID string) error {
	return s.update(ctx, "complete_order", needs{orders: []string{orderID}}, func(w *work) error {
		o, err := w.order(orderID)
		if err != nil {
			return err
		}
		o.Complete(w.now)
		return nil
	})
}
