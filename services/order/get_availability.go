package main

import (
	"context"
	"time"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/services/order/internal/stock"
)

// availabilityAge is how old the counts may be that carts are checked against; checkout reads them anew.
const availabilityAge = time.Second

// GetAvailability answers how many units can be bought now, in the order asked for.
func (s *server) GetAvailability(ctx context.Context, req *orderv1.GetAvailabilityRequest) (*orderv1.GetAvailabilityResponse, error) {
	stocks, err := stock.Read(ctx, s.db.Stale(availabilityAge), req.GetSkus())
	if err != nil {
		return nil, err
	}
	res := &orderv1.GetAvailabilityResponse{}
	for _, sku := range req.GetSkus() {
		a := &orderv1.Availability{Sku: sku}
		if count := stocks[sku]; count != nil {
			a.Units = max(count.Free(), 0)
		}
		res.Availabilities = append(res.Availabilities, a)
	}
	return res, nil
}
