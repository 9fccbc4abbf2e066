package main

import (
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/coupon"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// carry applies a decided group's outcome to one member's order, once. The fan-out does so for everybody; a verb that
// meets an order whose group is decided does it first, in its own transaction.
func (w *work) carry(g *group.Group, m *group.Member) error {
	if m.Decided || !g.Decided() {
		return nil
	}
	o, err := w.order(m.OrderID)
	if err != nil {
		return err
	}
	seated := m.Seated()
	m.Decide()
	switch {
	case m.State == group.MemberHeld:
		m.GiveUp(group.MemberTimedOut)
		why := order.PaymentTimeout
		if g.State == group.Cancelled {
			why = order.GroupCancelled // it was not the customer who let time pass
		}
		err = w.cancel(o, why)
	case m.State == group.MemberConfirmed && g.FinalUnitPrice.Valid:
		o.Confirm(g.LeaderID, g.FinalUnitPrice.Int64, w.now)
		err = w.consume(o)
	case m.State == group.MemberConfirmed:
		m.GiveUp(group.MemberFailed)
		err = w.cancel(o, lost(g))
	}
	if err != nil || !seated {
		return err
	}
	return w.freeSlot(m.UserID, g.CampaignID)
}

// lost is why the orders of a group that did not form are cancelled.
func lost(g *group.Group) order.Reason {
	if g.State == group.Expired {
		return order.GroupExpired
	}
	return order.GroupCancelled
}

// abandon ends an order that is not paid, with its seat.
func (w *work) abandon(o *order.Order, why order.Reason, to group.MemberState) error {
	if o.State != order.PendingPayment {
		return nil
	}
	if o.Solo() {
		return w.cancel(o, why)
	}
	g, m, err := w.seat(o)
	if err != nil {
		return err
	}
	if m == nil || m.State != group.MemberHeld {
		return w.cancel(o, why)
	}
	if !g.Release(o.CustomerID, released(why), w.now) {
		return w.carry(g, m)
	}
	m.GiveUp(to)
	if err := w.freeSlot(o.CustomerID, g.CampaignID); err != nil {
		return err
	}
	return w.cancel(o, why)
}

// released is what has happened to a group that loses a seat which was not paid.
func released(why order.Reason) string {
	if why == order.Customer {
		return "member gave up"
	}
	return "payment ended: " + string(why)
}

// takeOut takes an order that awaits its group out of it: cancelled for inOpen while the group is open, for inFormed once
// it is formed. It reports false when the group is decided: its outcome is then carried to the order, which goes on from
// its new state. ORDER_STATE during the grace, at whose end the group is decided.
func (w *work) takeOut(o *order.Order, inOpen, inFormed order.Reason) (bool, error) {
	g, m, err := w.seat(o)
	if err != nil || m == nil {
		return false, err
	}
	g.Due(w.now)
	switch g.State {
	case group.Open:
		return true, w.leave(o, g, m, inOpen)
	case group.Formed:
		return true, w.forgo(o, g, m, inFormed)
	case group.Closing:
		return true, fault.New(fault.OrderState, "state", string(g.State)).RetryIn(g.GraceEnd().Sub(w.now))
	}
	return false, w.carry(g, m)
}

// leave takes a paid member out of a group that is open, with the order.
func (w *work) leave(o *order.Order, g *group.Group, m *group.Member, why order.Reason) error {
	successor := ""
	if o.CustomerID == g.LeaderID {
		var err error
		if successor, err = group.Successor(w.ctx, w.tx, g.GroupID, o.CustomerID); err != nil {
			return err
		}
	}
	g.Leave(o.CustomerID, successor, w.now)
	return w.unseat(o, g, m, group.MemberLeft, why)
}

// forgo takes a paid member out of a group that is formed but not settled, with the order.
func (w *work) forgo(o *order.Order, g *group.Group, m *group.Member, why order.Reason) error {
	g.Forgo(o.CustomerID, w.now)
	return w.unseat(o, g, m, group.MemberCancelled, why)
}

func (w *work) unseat(o *order.Order, g *group.Group, m *group.Member, to group.MemberState, why order.Reason) error {
	m.GiveUp(to)
	if err := w.freeSlot(o.CustomerID, g.CampaignID); err != nil {
		return err
	}
	return w.cancel(o, why)
}

// cancel ends an order and gives its stock and its coupon back. What it held or took of money, payment gives back when it hears of it.
func (w *work) cancel(o *order.Order, why order.Reason) error {
	if !o.Cancel(why, w.now) {
		return nil
	}
	w.forgive(o)
	claims, err := w.reserved(o)
	if err != nil {
		return err
	}
	for _, c := range claims {
		c.count.Return(c.claim, w.now)
	}
	return w.turnCoupon(o, (*coupon.Coupon).Return)
}

// forgive takes a cancelled order off what its customer has done in the campaign, where this transaction counts that.
func (w *work) forgive(o *order.Order) {
	past, _ := w.histories.get(order.Buyer{CustomerID: o.CustomerID, CampaignID: o.CampaignID})
	if past == nil {
		return
	}
	past.Units -= o.Units
	if o.CancelReason == order.PaymentTimeout {
		past.Timeouts++
	}
}

// consume sells an order's stock and uses its coupon up.
func (w *work) consume(o *order.Order) error {
	claims, err := w.reserved(o)
	if err != nil {
		return err
	}
	for _, c := range claims {
		c.claim.Confirm(w.now)
		c.count.Consume(c.claim, w.now)
	}
	return w.turnCoupon(o, (*coupon.Coupon).Commit)
}
