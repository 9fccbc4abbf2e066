package main

import (
	"cmp"
	"maps"
	"slices"

	"github.com/issho-shop/issho/internal/fault"
)

// The model is the rules of one campaign on one SKU, written a second time and as plainly as can be: everything in memory,
// one step at a time, counts taken by counting. It shares no code with the service. Time is in whole minutes.

const (
	modelWindow   = 20 // from the leader's payment to the deadline
	modelHold     = 10
	modelGrace    = 2
	modelCap      = 8 // units of one customer
	modelTimeouts = 2
)

type model struct {
	now      int
	min, max int
	onHand   int
	sequence int
	clock    int // counts confirmations, for the succession
	groups   map[string]modelGroup
	orders   map[string]modelOrder
	seats    map[seatOf]modelSeat
	uses     int // of the coupon, at most
	parcels  map[string]modelParcel
	returns  map[string]modelReturn
}

type seatOf struct{ group, user string }

type modelGroup struct {
	state     string
	leader    string
	deadline  int
	held      int // frozen at the decision; counted before
	confirmed int // likewise
	price     int // of a unit, once settled
	carried   bool
}

type modelOrder struct {
	state, reason string
	group, user   string // group: empty when bought alone
	quantity      int
	holdEnd       int
	claim         string // HELD, CONFIRMED, CONSUMED, RELEASED, RESTOCKED
	off           int    // by the coupon
	final         int    // total once bought
	modelTrade
}

type modelSeat struct {
	state, order string
	since        int // when confirmed
	decided      bool
}

func newModel(min, max, uses int) *model {
	return &model{
		min: min, max: max, uses: uses, groups: map[string]modelGroup{}, orders: map[string]modelOrder{}, seats: map[seatOf]modelSeat{},
		parcels: map[string]modelParcel{}, returns: map[string]modelReturn{},
	}
}

// try runs a step that may be refused: then nothing has happened.
func (m *model) try(step func() fault.Reason) fault.Reason {
	before := *m
	before.groups, before.orders, before.seats = maps.Clone(m.groups), maps.Clone(m.orders), maps.Clone(m.seats)
	refused := step()
	if refused != "" {
		*m = before
	}
	return refused
}

// count answers how many seats of a group are held and how many are confirmed.
func (m *model) count(group string) (held, confirmed int) {
	g := m.groups[group]
	if decided(g.state) {
		return g.held, g.confirmed
	}
	for at, seat := range m.seats {
		if at.group == group && seat.state == "HELD" {
			held++
		}
		if at.group == group && seat.state == "CONFIRMED" {
			confirmed++
		}
	}
	return held, confirmed
}

func (m *model) reserved() int {
	sum := 0
	for _, o := range m.orders {
		if o.claim == "HELD" || o.claim == "CONFIRMED" {
			sum += o.quantity
		}
	}
	return sum
}

func decided(state string) bool {
	return slices.Contains([]string{"SETTLED", "EXPIRED", "CANCELLED", "ABORTED"}, state)
}

// due applies what the clock demands of a group.
func (m *model) due(group string) {
	g := m.groups[group]
	held, _ := m.count(group)
	past := g.deadline > 0 && m.now >= g.deadline
	over := g.deadline > 0 && m.now >= g.deadline+modelGrace
	switch {
	case g.state == "OPEN" && past && held == 0, (g.state == "OPEN" || g.state == "CLOSING") && over:
		m.decide(group, "EXPIRED")
	case g.state == "FORMED" && (past && held == 0 || over):
		m.decide(group, "SETTLED")
	case g.state == "OPEN" && past:
		m.setState(group, "CLOSING")
	}
}

func (m *model) setState(group, state string) {
	g := m.groups[group]
	g.state = state
	m.groups[group] = g
}

func (m *model) decide(group, state string) {
	g := m.groups[group]
	g.held, g.confirmed = m.count(group)
	g.state = state
	g.carried = state == "ABORTED"
	if state == "SETTLED" {
		g.price = 1000
		if g.confirmed >= m.min+2 {
			g.price = 900
		}
	}
	m.groups[group] = g
}

// start and join take the seat and the stock.
func (m *model) start(group, order, user string, quantity, off int) fault.Reason {
	return m.try(func() fault.Reason {
		if refused := m.admit(user, quantity); refused != "" {
			return refused
		}
		m.groups[group] = modelGroup{state: "PENDING", leader: user}
		return m.place(modelOrder{group: group, user: user, quantity: quantity, off: off, holdEnd: m.now + modelHold}, order)
	})
}

func (m *model) join(group, order, user string, quantity, off int) fault.Reason {
	return m.try(func() fault.Reason {
		if refused := m.admit(user, quantity); refused != "" {
			return refused
		}
		m.due(group)
		g := m.groups[group]
		held, confirmed := m.count(group)
		switch {
		case held+confirmed >= m.max:
			return fault.GroupFull
		case g.state != "OPEN" && g.state != "FORMED", m.now >= g.deadline:
			return fault.GroupOver
		}
		holdEnd := min(m.now+modelHold, g.deadline+modelGrace)
		return m.place(modelOrder{group: group, user: user, quantity: quantity, off: off, holdEnd: holdEnd}, order)
	})
}

func (m *model) solo(order, user string, quantity, off int) fault.Reason {
	return m.try(func() fault.Reason {
		return m.place(modelOrder{user: user, quantity: quantity, off: off, holdEnd: m.now + modelHold}, order)
	})
}

// admit holds a user against the limits of the campaign.
func (m *model) admit(user string, quantity int) fault.Reason {
	for at, seat := range m.seats {
		if at.user != user || seat.state != "HELD" && seat.state != "CONFIRMED" || seat.decided {
			continue
		}
		if m.due(at.group); !decided(m.groups[at.group].state) {
			return fault.AlreadyJoined
		}
		m.carry(at)
	}
	units, timeouts := 0, 0
	for _, o := range m.orders {
		if o.user == user && o.group != "" && o.state != "CANCELLED" {
			units += o.quantity
		}
		if o.user == user && o.group != "" && o.reason == "PAYMENT_TIMEOUT" {
			timeouts++
		}
	}
	if timeouts >= modelTimeouts || units+quantity > modelCap {
		return fault.LimitReached
	}
	return ""
}

func (m *model) place(o modelOrder, id string) fault.Reason {
	if m.onHand-m.reserved() < o.quantity {
		return fault.SoldOut
	}
	if o.off > 0 && !m.usable(o.user) {
		return fault.CouponNotUsable
	}
	if o.group != "" {
		m.seats[seatOf{o.group, o.user}] = modelSeat{state: "HELD", order: id}
	}
	o.state, o.claim = "PENDING_PAYMENT", "HELD"
	m.orders[id] = o
	return ""
}

// authorised is that the money of an order is held.
func (m *model) authorised(id string) {
	o := m.orders[id]
	if o.state != "PENDING_PAYMENT" {
		return
	}
	if o.group == "" {
		m.bought(id, total(1200, o.quantity), 1200)
		return
	}
	at := seatOf{o.group, o.user}
	if m.due(o.group); decided(m.groups[o.group].state) {
		m.carry(at)
		return
	}
	m.clock++
	m.seats[at] = modelSeat{state: "CONFIRMED", order: id, since: m.clock}
	o.state, o.claim = "AWAITING_GROUP", "CONFIRMED"
	m.orders[id] = o
	m.progress(o.group)
	m.carry(at)
	if held, confirmed := m.count(o.group); held+confirmed <= 3 {
		m.fanOut(o.group) // a small group's outcome is carried with the decision
	}
}

// progress moves a group on after a confirmation.
func (m *model) progress(group string) {
	g := m.groups[group]
	held, confirmed := m.count(group)
	switch {
	case g.state == "PENDING":
		g.state, g.deadline = "OPEN", m.now+modelWindow
	case confirmed >= m.min:
		g.state = "FORMED"
	}
	m.groups[group] = g
	if g.state == "FORMED" && (confirmed == m.max || held == 0 && m.now >= g.deadline) {
		m.decide(group, "SETTLED")
	}
}

// abandon ends an unpaid order.
func (m *model) abandon(id, reason, seat string) {
	o := m.orders[id]
	if o.state != "PENDING_PAYMENT" {
		return
	}
	if o.group == "" {
		m.cancelled(id, reason)
		return
	}
	at := seatOf{o.group, o.user}
	if m.due(o.group); decided(m.groups[o.group].state) {
		m.carry(at)
		return
	}
	m.seats[at] = modelSeat{state: seat, order: id}
	m.cancelled(id, reason)
	g := m.groups[o.group]
	held, _ := m.count(o.group)
	switch {
	case g.state == "PENDING":
		m.decide(o.group, "ABORTED")
	case held == 0 && m.now >= g.deadline && g.state == "FORMED":
		m.decide(o.group, "SETTLED")
	case held == 0 && m.now >= g.deadline:
		m.decide(o.group, "EXPIRED")
	}
}

// cancelled marks an order as cancelled and gives its units back.
func (m *model) cancelled(id, reason string) {
	o := m.orders[id]
	if o.state == "CANCELLED" {
		return
	}
	o.state, o.reason = "CANCELLED", reason
	if o.claim == "CONSUMED" {
		o.claim = "RESTOCKED"
		m.onHand += o.quantity
	} else {
		o.claim = "RELEASED"
	}
	m.orders[id] = o
}

// cancel is a customer's wish, captureFailed that the money is gone.
func (m *model) cancel(id string) fault.Reason {
	return m.try(func() fault.Reason {
		if m.orders[id].state == "PENDING_PAYMENT" {
			m.abandon(id, "CUSTOMER", "LEFT")
			return ""
		}
		return m.takeOut(id, "LEFT_GROUP", "CUSTOMER")
	})
}

func (m *model) captureFailed(id string) fault.Reason {
	return m.try(func() fault.Reason {
		if m.orders[id].state == "PENDING_PAYMENT" {
			m.abandon(id, "CAPTURE_FAILED", "TIMED_OUT")
			return ""
		}
		return m.takeOut(id, "CAPTURE_FAILED", "CAPTURE_FAILED")
	})
}

// takeOut cancels a paid order in the way that its group allows.
func (m *model) takeOut(id, inOpen, later string) fault.Reason {
	o := m.orders[id]
	at := seatOf{o.group, o.user}
	if o.state == "AWAITING_GROUP" {
		m.due(o.group)
		switch m.groups[o.group].state {
		case "OPEN":
			m.seats[at] = modelSeat{state: "LEFT", order: id}
			m.cancelled(id, inOpen)
			m.succeed(o.group, o.user)
			return ""
		case "FORMED":
			m.seats[at] = modelSeat{state: "CANCELLED", order: id}
			m.cancelled(id, later)
			return ""
		case "CLOSING":
			return fault.OrderState
		}
		m.carry(at)
	}
	switch m.orders[id].state {
	case "CONFIRMED", "PAID":
		m.cancelled(id, later)
	case "CANCELLED":
	default:
		return fault.OrderState
	}
	return ""
}

// stop is an operator's word against a group, cancelForShop against an order.
func (m *model) stop(group string) fault.Reason {
	return m.try(func() fault.Reason {
		m.due(group)
		switch m.groups[group].state {
		case "PENDING", "OPEN", "CLOSING":
			m.decide(group, "CANCELLED")
		case "CANCELLED":
		default:
			return fault.GroupOver
		}
		return ""
	})
}

func (m *model) cancelForShop(id string) fault.Reason {
	return m.try(func() fault.Reason {
		if o := m.orders[id]; o.state == "AWAITING_GROUP" {
			if m.due(o.group); m.groups[o.group].state == "OPEN" {
				return fault.OrderState
			}
		}
		return m.takeOut(id, "OPERATOR", "OPERATOR")
	})
}

// succeed finds the leader of an open group that somebody has left.
func (m *model) succeed(group, left string) {
	g := m.groups[group]
	if g.leader != left {
		return
	}
	var heirs []seatOf
	for at, seat := range m.seats {
		if at.group == group && seat.state == "CONFIRMED" {
			heirs = append(heirs, at)
		}
	}
	if len(heirs) == 0 {
		m.decide(group, "CANCELLED")
		return
	}
	g.leader = slices.MinFunc(heirs, func(a, b seatOf) int { return cmp.Compare(m.seats[a].since, m.seats[b].since) }).user
	m.groups[group] = g
}

// bought has the goods sold at the sum and the price of a unit given.
func (m *model) bought(id string, sum, unit int) {
	o := m.orders[id]
	o.state, o.claim, o.final, o.paid = "CONFIRMED", "CONSUMED", sum-o.off, unit*o.quantity-o.off
	m.onHand -= o.quantity
	m.orders[id] = o
}

// captured is that the money has been taken.
func (m *model) captured(id string) {
	if o := m.orders[id]; o.state == "CONFIRMED" {
		o.state = "PAID"
		m.orders[id] = o
	}
}

// carry tells one member of a decided group how it ended.
func (m *model) carry(at seatOf) {
	g, seat := m.groups[at.group], m.seats[at]
	if !decided(g.state) || seat.decided {
		return
	}
	o := m.orders[seat.order]
	switch {
	case seat.state == "HELD":
		seat.state = "TIMED_OUT"
		why := "PAYMENT_TIMEOUT"
		if g.state == "CANCELLED" {
			why = "GROUP_CANCELLED"
		}
		m.cancelled(seat.order, why)
	case seat.state == "CONFIRMED" && g.state == "SETTLED":
		m.bought(seat.order, total(1000, o.quantity)-(1000-g.price)*o.quantity, g.price)
	case seat.state == "CONFIRMED":
		seat.state = "FAILED"
		m.cancelled(seat.order, "GROUP_"+g.state)
	}
	seat.decided = true
	m.seats[at] = seat
}

// total is what so many units cost with shipping, which 5,000 yen make free.
func total(price, quantity int) int {
	if price*quantity < 5000 {
		return price*quantity + 550
	}
	return price * quantity
}

// expireHold and fanOut are what tasks do.
func (m *model) expireHold(id string) {
	if m.now >= m.orders[id].holdEnd {
		m.abandon(id, "PAYMENT_TIMEOUT", "TIMED_OUT")
	}
}

func (m *model) fanOut(group string) {
	g := m.groups[group]
	if !decided(g.state) || g.carried {
		return
	}
	for at := range m.seats {
		if at.group == group {
			m.carry(at)
		}
	}
	g.carried = true
	m.groups[group] = g
}

// sweep carries out what was decided before it; what it decides itself is left to the next.
func (m *model) sweep() {
	var open []string
	for id, g := range m.groups {
		if decided(g.state) && !g.carried {
			open = append(open, id)
		}
	}
	for id := range m.orders {
		m.expireHold(id)
	}
	for id := range m.groups {
		m.due(id)
	}
	for _, id := range open {
		m.fanOut(id)
	}
	for id := range m.orders {
		m.complete(id)
	}
}

// set is a merchant's count.
func (m *model) set(onHand, sequence int) fault.Reason {
	switch {
	case sequence <= m.sequence:
	case onHand < m.reserved():
		return fault.StockReserved
	default:
		m.onHand, m.sequence = onHand, sequence
	}
	return ""
}

// adjust is a merchant's difference.
func (m *model) adjust(delta, sequence int) fault.Reason {
	return m.set(m.onHand+delta, sequence)
}
