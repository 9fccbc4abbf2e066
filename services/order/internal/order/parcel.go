package order

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// ParcelState is where a parcel stands, spelt as in the contract.
type ParcelState string

// The states of a parcel.
const (
	ParcelShipped   ParcelState = "SHIPPED"
	ParcelDelivered ParcelState = "DELIVERED"
)

// Parcel is one row of Shipments with its lines.
type Parcel struct {
	OrderID     string           `spanner:"OrderId"`
	ShipmentID  string           `spanner:"ShipmentId"`
	MerchantID  string           `spanner:"MerchantId"`
	State       ParcelState      `spanner:"State"`
	Carrier     string           `spanner:"Carrier"`
	Tracking    string           `spanner:"TrackingNumber"`
	ShippedAt   time.Time        `spanner:"ShippedAt"`
	DeliveredAt spanner.NullTime `spanner:"DeliveredAt"`

	Parts []Part `spanner:"-"`
}

type parcelLine struct {
	OrderID    string `spanner:"OrderId"`
	ShipmentID string `spanner:"ShipmentId"`
	Line       int64  `spanner:"Line"`
	SKU        string `spanner:"Sku"`
	Quantity   int64  `spanner:"Quantity"`
}

// Parcels answers an order's parcels.
func Parcels(ctx context.Context, r spandb.Reader, orderID string) ([]*Parcel, error) {
	prefix := spanner.Key{orderID}.AsPrefix()
	rows, err := spandb.Rows[Parcel](ctx, r, "Shipments", prefix)
	if err != nil {
		return nil, err
	}
	lines, err := spandb.Rows[parcelLine](ctx, r, "ShipmentLines", prefix)
	parcels := make([]*Parcel, 0, len(rows))
	for i := range rows {
		p := &rows[i]
		for _, l := range lines {
			if l.ShipmentID == p.ShipmentID {
				p.Parts = append(p.Parts, Part{l.Line, l.Quantity})
			}
		}
		parcels = append(parcels, p)
	}
	return parcels, err
}

// Arrive marks the parcel as delivered. It reports false when it was before.
func (p *Parcel) Arrive(now time.Time) bool {
	if p.State == ParcelDelivered {
		return false
	}
	p.State, p.DeliveredAt = ParcelDelivered, spanner.NullTime{Time: now, Valid: true}
	return true
}

// Write returns the mutation that stores the parcel.
func (p *Parcel) Write() (*spanner.Mutation, error) {
	return spanner.InsertOrUpdateStruct("Shipments", p)
}

// WriteLines returns the mutations that store what is in a new parcel of the order given.
func (p *Parcel) WriteLines(o *Order) ([]*spanner.Mutation, error) {
	var rows []*spanner.Mutation
	for _, part := range p.Parts {
		m, err := spanner.InsertStruct("ShipmentLines", &parcelLine{
			OrderID: p.OrderID, ShipmentID: p.ShipmentID, Line: part.Line, SKU: o.Lines.V[part.Line-1].SKU, Quantity: part.Quantity,
		})
		if err != nil {
			return nil, err
		}
		rows = append(rows, m)
	}
	return rows, nil
}
