package main

import (
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/order/internal/coupon"
)

// off is a coupon of 100 yen that one order may use, from an hour ago until tomorrow.
func off(code string) *orderv1.CreateCouponRequest {
	now := time.Now()
	return &orderv1.CreateCouponRequest{
		RequestId: uuid.NewString(), Reason: "spring sale",
		Coupon: &orderv1.Coupon{
			Code: code, Discount: &orderv1.Coupon_Fixed{Fixed: yen(100)}, StartTime: timestamppb.New(now.Add(-time.Hour)),
			EndTime: timestamppb.New(now.Add(24 * time.Hour)), MaxUses: 1, MaxUsesPerCustomer: 1,
		},
	}
}

func (s *shop) coupon(req *orderv1.CreateCouponRequest) {
	s.t.Helper()
	if _, err := s.admin(testenv.User{ID: "op", Operator: true}).CreateCoupon(s.t.Context(), req); err != nil {
		s.t.Fatal(err)
	}
}

// wantUses holds a coupon's row to its counts.
func (s *shop) wantUses(code string, held, used int64) {
	s.t.Helper()
	testenv.Eventually(s.t, func() error {
		rows, err := coupon.ReadAll(s.t.Context(), s.db.Single(), []string{code})
		if err != nil {
			return err
		}
		return differ("uses held and used", [2]int64{rows[code].Held, rows[code].Used}, [2]int64{held, used})
	})
}

func TestCreateCoupon(t *testing.T) {
	t.Parallel()
	s := open(t)
	boss := s.admin(testenv.User{ID: "op", Operator: true})
	req := off("SPRING")
	for range 2 {
		res, err := boss.CreateCoupon(t.Context(), req)
		if err != nil || res.GetCoupon().GetFixed().GetAmount() != 100 || res.GetCoupon().GetMaxUses() != 1 {
			t.Fatalf("coupon = %v, %v", res, err)
		}
	}
	_, err := boss.CreateCoupon(t.Context(), off("SPRING"))
	wantReason(t, err, fault.FieldInvalid, connect.CodeInvalidArgument)
	backwards := off("NEVER")
	backwards.Coupon.EndTime = backwards.GetCoupon().GetStartTime()
	_, err = boss.CreateCoupon(t.Context(), backwards)
	wantReason(t, err, fault.FieldInvalid, connect.CodeInvalidArgument)
	dollars := off("DOLLARS")
	dollars.Coupon.GetFixed().Currency = "USD"
	_, err = boss.CreateCoupon(t.Context(), dollars)
	wantReason(t, err, fault.FieldInvalid, connect.CodeInvalidArgument)
	_, err = s.admin(testenv.User{ID: "staff", MerchantID: "m_1"}).CreateCoupon(t.Context(), off("MINE"))
	wantReason(t, err, fault.CallerNotAllowed, connect.CodePermissionDenied)
	s.wantAudit("coupon/SPRING", "spring sale", 1)
	s.verify()
}

func TestACouponIsUsedWithTheOrderAndComesBack(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	s.coupon(off("SPRING"))
	with := start(c)
	with.CouponCode, with.ExpectedTotal = "SPRING", yen(1450)
	first := s.buy("hanako", with)
	s.wantUses("SPRING", 1, 0)
	if o := first.GetOrder(); o.GetAmounts().GetCouponDiscount().GetAmount() != 100 || o.GetLines()[0].GetDiscount().GetAmount() != 100 {
		t.Errorf("order = %v", o)
	}
	if _, err := s.cancel("hanako", first.GetOrder().GetOrderId()); err != nil {
		t.Fatal(err)
	}
	s.wantUses("SPRING", 0, 0)
	again := start(c)
	again.CouponCode, again.ExpectedTotal = "SPRING", yen(1450)
	second := s.buy("hanako", again)
	s.buy("taro", join(c, second.GetInvite()))
	s.becomes("hanako", second.GetOrder().GetOrderId(), orderv1.OrderState_ORDER_STATE_CONFIRMED)
	s.wantUses("SPRING", 0, 1)
	s.payment("payment.captured", second.GetOrder().GetOrderId())
	if _, err := s.cancel("hanako", second.GetOrder().GetOrderId()); err != nil {
		t.Fatal(err)
	}
	s.wantUses("SPRING", 0, 0)
	s.verify()
}

// A13: a coupon of one use, wanted by twenty orders at once; and one of which each customer has one use.
func TestCaseA13OneOfTwentyGetsTheLastUse(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 50)
	s.coupon(off("LAST"))
	var all sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for i := range 20 {
		all.Go(func() {
			req := start(c)
			req.CouponCode, req.ExpectedTotal = "LAST", yen(1450)
			_, err := s.as("buyer"+string(rune('a'+i))).Checkout(t.Context(), req)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
				return
			}
			wantReason(t, err, fault.CouponNotUsable, connect.CodeFailedPrecondition)
			if fault.Meta(err, "why") != coupon.UsedUp {
				t.Errorf("refused with %v", err)
			}
		})
	}
	all.Wait()
	if won != 1 {
		t.Errorf("%d orders used the one use", won)
	}
	s.wantUses("LAST", 1, 0)
	s.wantCounts(c.Skus[0], 50, 1)
	s.verify()
}

func TestCaseA13OneCustomerHasOneUse(t *testing.T) {
	t.Parallel()
	s := open(t)
	req := off("MINE")
	req.Coupon.MaxUses = 100
	s.coupon(req)
	var offers []*catalogv1.Campaign
	for range 5 {
		offers = append(offers, s.campaign(2, 2, 5))
	}
	errs := atOnce(20, func(i int) error {
		req := start(offers[i%5])
		req.CouponCode, req.ExpectedTotal = "MINE", yen(1450)
		_, err := s.insists("hanako", req)
		return err
	})
	if n := succeeded(t, errs, fault.CouponNotUsable, fault.AlreadyJoined); n != 1 {
		t.Errorf("one customer used the coupon %d times", n)
	}
	s.wantUses("MINE", 1, 0)
	s.verify()
}

func TestACouponThatDoesNotCountSaysWhy(t *testing.T) {
	t.Parallel()
	s := open(t)
	c := s.campaign(2, 2, 10)
	elsewhere := s.campaign(2, 2, 10)
	offer := func(code string, change func(*orderv1.Coupon)) {
		req := off(code)
		change(req.GetCoupon())
		s.coupon(req)
	}
	offer("EARLY", func(m *orderv1.Coupon) { m.StartTime = timestamppb.New(time.Now().Add(time.Hour)) })
	offer("LATE", func(m *orderv1.Coupon) { m.EndTime = timestamppb.New(time.Now().Add(-time.Minute)) })
	offer("LARGE", func(m *orderv1.Coupon) { m.MinimumItems = yen(1001) })
	offer("OTHER", func(m *orderv1.Coupon) { m.CampaignId = elsewhere.GetCampaignId() })
	offer("ONCE", func(m *orderv1.Coupon) { m.MaxUses = 9 })
	once := start(elsewhere)
	once.CouponCode, once.ExpectedTotal = "ONCE", yen(1450)
	s.buy("hanako", once)
	for code, why := range map[string]string{
		"NONE": coupon.Unknown, "EARLY": coupon.TooEarly, "LATE": coupon.TooLate, "LARGE": coupon.BelowMinimum,
		"OTHER": coupon.OtherCampaign, "ONCE": coupon.CustomerLimit,
	} {
		t.Run(code, func(t *testing.T) {
			req := start(c)
			req.CouponCode, req.ExpectedTotal = code, yen(1450)
			_, err := s.as("hanako").Checkout(t.Context(), req)
			wantReason(t, err, fault.CouponNotUsable, connect.CodeFailedPrecondition)
			if fault.Meta(err, "why") != why || fault.Meta(err, "coupon") != code {
				t.Errorf("refused with %v, want %s", err, why)
			}
		})
	}
	s.verify()
}
