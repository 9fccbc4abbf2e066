package main

import (
	"context"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/audit"
	"github.com/issho-shop/issho/services/order/internal/coupon"
)

// CreateCoupon makes a coupon, once for a request id.
func (s *server) CreateCoupon(ctx context.Context, req *orderv1.CreateCouponRequest) (*orderv1.CreateCouponResponse, error) {
	terms, err := termsOf(req.GetCoupon())
	if err != nil {
		return nil, err
	}
	r, err := requestOf(caller.From(ctx), "CreateCoupon", req)
	if err != nil {
		return nil, err
	}
	code := req.GetCoupon().GetCode()
	err = s.once(because(ctx, req.GetReason()), r, "coupon/"+code, "create_coupon", needs{coupons: []string{code}}, func(w *work) error {
		if taken, _ := w.coupons.get(code); taken != nil {
			return fault.Field("coupon.code", "choose a code that is not taken")
		}
		c := coupon.New(code, terms, req.GetCoupon().GetMaxUses(), w.now)
		w.coupons.rows[code] = c
		return w.add(audit.Write(cause(w.ctx), "coupon/"+code, 1, "", "", "created", c, w.now))
	})
	if err != nil {
		return nil, err
	}
	made, err := coupon.ReadAll(ctx, s.db.Single(), []string{code})
	if err != nil {
		return nil, err
	}
	return &orderv1.CreateCouponResponse{Coupon: couponMessage(made[code])}, nil
}

// termsOf reads what a coupon is to be worth. FIELD_INVALID for amounts that are not yen above 0, and a window that ends
// before it begins.
func termsOf(m *orderv1.Coupon) (coupon.Terms, error) {
	t := coupon.Terms{
		Fixed: m.GetFixed().GetAmount(), Percent: int64(m.GetPercent().GetPercent()), Cap: m.GetPercent().GetCap().GetAmount(),
		Minimum: m.GetMinimumItems().GetAmount(), From: m.GetStartTime().AsTime(), Until: m.GetEndTime().AsTime(),
		MaxPerCustomer: m.GetMaxUsesPerCustomer(), CampaignID: m.GetCampaignId(),
	}
	for path, amount := range map[string]*typev1.Money{
		"coupon.fixed": m.GetFixed(), "coupon.percent.cap": m.GetPercent().GetCap(), "coupon.minimum_items": m.GetMinimumItems(),
	} {
		if amount != nil && (amount.GetAmount() < 1 || amount.GetCurrency() != "JPY") {
			return t, fault.Field(path, "give an amount of yen above 0")
		}
	}
	if !t.From.Before(t.Until) {
		return t, fault.Field("coupon.end_time", "end it after it begins")
	}
	return t, nil
}
