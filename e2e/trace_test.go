package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/issho-shop/issho/e2e/shop"
)

// One checkout is one trace: from the app through Envoy, the services' calls of each other, Stripe and Pub/Sub,
// to the captures and the points, also those of the friend whose group it settled.
func TestOneCheckoutIsOneTrace(t *testing.T) {
	t.Parallel()
	p := starts(t, shop.GRPC)
	ctx, trace := shop.Traced(t.Context())
	p.join = p.taro.Join(p.first.GetInvite(), p.goods, 1)
	p.second = must(p.taro.Order.Checkout(ctx, p.join))(t)
	p.bought(t)
	wanted := map[string]int{
		"gateway SERVER POST /issho.order.v1.OrderService/Checkout":        1,
		"order SERVER issho.order.v1.OrderService/Checkout":                1,
		"user SERVER issho.user.v1.UserInternalService/GetAddress":         1,
		"payment SERVER issho.payment.v1.PaymentInternalService/Authorise": 1,
		"payment CLIENT stripe create":                                     1,
		"payment CLIENT stripe confirm":                                    1,
		"payment CONSUMER event order.confirmed":                           2, // Pub/Sub
		"payment CLIENT stripe capture":                                    2,
		"order CONSUMER event payment.captured":                            2,
		"reward CONSUMER event order.paid":                                 2,
	}
	eventually(t, func(ctx context.Context) error {
		spans, err := open.Spans(ctx, trace)
		if err != nil {
			return err
		}
		return wholeTrace(spans, wanted)
	})
}

// wholeTrace holds that all that was wanted is there, and that every span but the app's own hangs below another.
func wholeTrace(spans []shop.Span, wanted map[string]int) error {
	seen, known := map[string]int{}, map[string]bool{}
	for _, s := range spans {
		seen[s.Service+" "+s.Kind+" "+s.Name]++
		known[s.ID] = true
	}
	for name, n := range wanted {
		if seen[name] < n {
			return fmt.Errorf("%d spans %q, want %d", seen[name], name, n)
		}
	}
	for _, s := range spans {
		if !known[s.Parent] && s.Service != "gateway" {
			return fmt.Errorf("%s %s hangs in the air", s.Service, s.Name)
		}
		for _, secret := range []string{"渋谷区", "_secret_"} {
			if strings.Contains(fmt.Sprint(s.Attributes), secret) {
				return fmt.Errorf("%s %s tells %s", s.Service, s.Name, secret)
			}
		}
	}
	return nil
}
