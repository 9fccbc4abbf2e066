package main

import "context"

// tellLevel tells a SKU's level that changed shortly after another one was told; too early it does nothing.
func (s *server) tellLevel(ctx context.Context, sku string) error {
	return s.update(ctx, "tell_level", needs{stocks: []string{sku}}, func(w *work) error {
		if count, _ := w.stocks.get(sku); count != nil {
			count.Recall()
		}
		return nil
	})
}
