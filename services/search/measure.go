package main

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// tellLag has each export of metrics tell how far the index may be behind catalog: search.index.lag, seconds since the
// moment whose catalog was last known whole; of an instance that has known none yet, since it began. About a second while
// catalog is followed, growing while it is not.
func (s *searchServer) tellLag() error {
	began := time.Now()
	_, err := otel.Meter("github.com/issho-shop/issho/services/search").Float64ObservableGauge("search.index.lag", metric.WithUnit("s"),
		metric.WithDescription("Since the index last held all that catalog has."),
		metric.WithFloat64Callback(func(_ context.Context, o metric.Float64Observer) error {
			known := began
			if through := s.reader.through.Load(); through > 0 {
				known = time.UnixMicro(through)
			}
			o.Observe(time.Since(known).Seconds())
			return nil
		}))
	return err
}
