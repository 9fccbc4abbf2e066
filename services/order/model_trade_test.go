package main

import "github.com/issho-shop/issho/internal/fault"

// What the model says of coupons, parcels, lines that are cancelled and goods that come back. Every order of the model is one
// line, so that all is counted in its units.

const (
	modelDay       = 24 * 60
	modelComplete  = 14 * modelDay // from the delivery on
	modelReturnFor = 30 * modelDay
)

// modelTrade is what becomes of an order's units and money after it is paid.
type modelTrade struct {
	paid                                    int // for the goods
	shipped, cancelled, returning, returned int
	underWay                                int // parcels
	openReturns                             int
	delivered                               int // when; 0 for not yet
}

type modelParcel struct {
	order   string
	arrived bool
}

type modelReturn struct {
	order, state string
	units        int
}

// usable says whether a customer can use the coupon: one order each, and so many in all.
func (m *model) usable(user string) bool {
	held, used := m.coupons()
	for _, o := range m.orders {
		if o.user == user && o.off > 0 && o.state != "CANCELLED" {
			return false
		}
	}
	return held+used < m.uses
}

// coupons counts the uses that wait for their order's end and those that are spent.
func (m *model) coupons() (held, used int) {
	for _, o := range m.orders {
		switch {
		case o.off == 0 || o.state == "CANCELLED":
		case o.state == "PENDING_PAYMENT" || o.state == "AWAITING_GROUP":
			held++
		default:
			used++
		}
	}
	return held, used
}

func (o modelOrder) unshipped() int { return o.quantity - o.shipped - o.cancelled }

// back is what of the money has to go back by now, rounded down once over all units.
func (o modelOrder) back() int { return o.paid * (o.cancelled + o.returned) / o.quantity }

// ship has units of an order leave in a parcel.
func (m *model) ship(id string, units int) fault.Reason {
	o := m.orders[id]
	if o.state != "PAID" && o.state != "PARTLY_SHIPPED" || units > o.unshipped() {
		return fault.OrderState
	}
	o.shipped += units
	o.underWay++
	m.orders[id] = o
	m.shippedSoFar(id)
	return ""
}

func (m *model) shippedSoFar(id string) {
	o := m.orders[id]
	o.state = "SHIPPED"
	if o.unshipped() > 0 {
		o.state = "PARTLY_SHIPPED"
	}
	m.orders[id] = o
}

// deliver has a parcel arrive.
func (m *model) deliver(parcel string) {
	p := m.parcels[parcel]
	if p.arrived {
		return
	}
	p.arrived = true
	m.parcels[parcel] = p
	o := m.orders[p.order]
	o.underWay--
	m.orders[p.order] = o
	m.arrive(p.order)
}

// arrive has an order delivered once all of it has left and arrived.
func (m *model) arrive(id string) {
	o := m.orders[id]
	if o.state == "SHIPPED" && o.underWay == 0 {
		o.state, o.delivered = "DELIVERED", m.now
		m.orders[id] = o
	}
}

// cancelLines takes units off that will not be shipped.
func (m *model) cancelLines(id string, units int) fault.Reason {
	o := m.orders[id]
	if o.state != "PARTLY_SHIPPED" || units > o.unshipped() {
		return fault.OrderState
	}
	o.cancelled += units
	m.orders[id] = o
	m.restock(id, units)
	m.shippedSoFar(id)
	m.arrive(id)
	return ""
}

func (m *model) restock(id string, units int) {
	o := m.orders[id]
	m.onHand += units
	if o.cancelled+o.returned == o.quantity {
		o.claim = "RESTOCKED"
	}
	m.orders[id] = o
}

// askBack is a customer who wants to give units back.
func (m *model) askBack(id string, units int) fault.Reason {
	o := m.orders[id]
	late := o.state == "DELIVERED" && m.now >= o.delivered+modelReturnFor
	if o.state != "SHIPPED" && o.state != "DELIVERED" || late || units > o.shipped-o.returning-o.returned {
		return fault.OrderState
	}
	o.returning += units
	o.openReturns++
	m.orders[id] = o
	return ""
}

// moveReturn approves, rejects or receives what was asked back.
func (m *model) moveReturn(id, to string) fault.Reason {
	r := m.returns[id]
	switch {
	case r.state == to:
		return ""
	case r.state == "REQUESTED" && to == "APPROVED":
	case r.state == "REQUESTED" && to == "REJECTED", r.state == "APPROVED" && to != "REQUESTED":
		o := m.orders[r.order]
		o.returning -= r.units
		o.openReturns--
		if to == "RECEIVED" {
			o.returned += r.units
		}
		m.orders[r.order] = o
		if to == "RECEIVED" {
			m.restock(r.order, r.units)
		}
	default:
		return fault.OrderState
	}
	r.state = to
	m.returns[id] = r
	return ""
}

// complete ends an order that was delivered long enough ago, with nothing on its way back.
func (m *model) complete(id string) {
	o := m.orders[id]
	if o.state == "DELIVERED" && o.openReturns == 0 && m.now >= o.delivered+modelComplete {
		o.state = "COMPLETED"
		m.orders[id] = o
	}
}

// mayClose says whether a group's story is over: carried to all, and every order of it ended.
func (m *model) mayClose(group string) bool {
	for at, seat := range m.seats {
		state := m.orders[seat.order].state
		if at.group == group && state != "CANCELLED" && state != "COMPLETED" {
			return false
		}
	}
	return m.groups[group].carried
}
