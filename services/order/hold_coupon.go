package main

import (
	"time"

	"github.com/issho-shop/issho/services/order/internal/coupon"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// holdCoupon sets a use of the coupon aside that an order names.
func (w *work) holdCoupon(o *order.Order) error {
	if o.CouponCode == "" {
		return nil
	}
	c, uses, err := w.couponOf(o)
	if err != nil {
		return err
	}
	if c == nil {
		return coupon.NotUsable(o.CouponCode, coupon.Unknown)
	}
	use, err := c.Hold(o.CustomerID, o.OrderID, uses, w.now)
	if err != nil {
		return err
	}
	return w.keepUse(uses, use)
}

// turnCoupon takes an order's use of a coupon on: committed when the order is bought, returned when it is cancelled.
func (w *work) turnCoupon(o *order.Order, turn func(*coupon.Coupon, *coupon.Use, time.Time) bool) error {
	if o.CouponCode == "" {
		return nil
	}
	c, uses, err := w.couponOf(o)
	if err != nil || c == nil {
		return err
	}
	use, ok := uses.Of(o.OrderID)
	if !ok || !turn(c, &use, w.now) {
		return nil
	}
	return w.keepUse(uses, use)
}

// couponOf answers the coupon that an order names, nil when there is none, and its customer's uses of it.
func (w *work) couponOf(o *order.Order) (*coupon.Coupon, coupon.Uses, error) {
	if err := w.load(needsOf(o)); err != nil {
		return nil, nil, err
	}
	c, _ := w.coupons.get(o.CouponCode)
	uses, _ := w.uses.get(coupon.Customer{Code: o.CouponCode, CustomerID: o.CustomerID})
	return c, *uses, nil
}

func (w *work) keepUse(before coupon.Uses, use coupon.Use) error {
	after := before.With(use)
	w.uses.rows[coupon.Customer{Code: use.Code, CustomerID: use.CustomerID}] = &after
	return w.add(use.Write())
}
