package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/issho-shop/issho/e2e/shop"
	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

// The stores keep their data in memory here, so none is stopped, but Firestore's is frozen for a while: that a lost one is felt
// within a second, and its return as well, is shown by the tests of internal/spandb, internal/firedb and of the services. What
// else goes missing here are services.

// Without payment a checkout is answered in time, holds the seat, and goes on by itself when payment is back.
func TestPaymentIsDown(t *testing.T) {
	p := meets(t, shop.JSON)
	back := stop(t, "payment")
	began := time.Now()
	res := must(p.hanako.Order.Checkout(t.Context(), p.start))(t)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("answered after %s", took)
	}
	if res.GetOrder().GetState() != orderv1.OrderState_ORDER_STATE_PENDING_PAYMENT || res.GetNextAction() != nil {
		t.Errorf("answered %v, next action %v", res.GetOrder().GetState(), res.GetNextAction())
	}
	back()
	p.ends(t, res.GetOrder().GetOrderId())
}

// Without catalog nothing can be started, and the customer is told so within a second; nothing is held.
func TestCatalogIsDown(t *testing.T) {
	p := meets(t, shop.JSON)
	back := stop(t, "catalog")
	began := time.Now()
	_, err := p.hanako.Order.Checkout(t.Context(), p.start)
	refused(t, err, connect.CodeUnavailable, fault.DependencyUnavailable)
	if took := time.Since(began); took > time.Second {
		t.Errorf("refused after %s", took)
	}
	untouched(t, p.hanako)
	stock(t, p.goods, 10, 0)
	back()
	p.first, err = insist(t.Context(), p.hanako, p.start)
	ok(t, err)
	p.joins(t)
	p.bought(t)
}

// Firestore does not answer: pages that were seen before are shown with their age, and nothing can be started or held, which
// the customer is told in time. When it is back, the same request goes through.
func TestFirestoreHangs(t *testing.T) {
	p := meets(t, shop.JSON)
	if age := page(t, p.goods); age != "" {
		t.Errorf("a fresh page has the age %s", age)
	}
	thaw := freeze(t, "firestore")
	eventually(t, func(context.Context) error {
		if page(t, p.goods) == "" {
			return errors.New("the page does not tell its age")
		}
		return nil
	})
	_, err := p.hanako.Order.Checkout(t.Context(), p.start)
	if code := connect.CodeOf(err); code != connect.CodeUnavailable {
		t.Errorf("checkout: %v", err)
	}
	untouched(t, p.hanako)
	stock(t, p.goods, 10, 0)
	thaw()
	p.first, err = insist(t.Context(), p.hanako, p.start)
	ok(t, err)
	p.joins(t)
	p.bought(t)
	eventually(t, func(context.Context) error {
		if age := page(t, p.goods); age != "" {
			return fmt.Errorf("the page has the age %s", age)
		}
		return nil
	})
}

// page reads a product's page without a login, and answers how old it says it is.
func page(t testing.TB, g *shop.Goods) (age string) {
	t.Helper()
	asked := url.Values{"connect": {"v1"}, "encoding": {"json"}, "message": {fmt.Sprintf(`{"product_id":%q}`, g.Product.GetProductId())}}
	res := must(http.Get(open.Gateway + "/issho.catalog.v1.CatalogService/GetProduct?" + asked.Encode()))(t)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("product page: %s", res.Status)
	}
	return res.Header.Get("Age")
}

// The provider is down: after a few customers whose payment hangs, the others are told PROVIDER_UNAVAILABLE at once and hold
// nothing, and whoever is under way is neither lost nor charged twice.
func TestProviderIsDown(t *testing.T) {
	broken, err := open.Fail(t.Context(), shop.Fault{Kind: "error", When: "before", Method: "POST", Path: "/v1/payment_intents*"})
	ok(t, err)
	t.Cleanup(func() { _ = broken(context.Background()) }) // mostly removed before
	p := meets(t, shop.JSON)
	res := must(p.hanako.Order.Checkout(t.Context(), p.start))(t)
	if res.GetOrder().GetState() != orderv1.OrderState_ORDER_STATE_PENDING_PAYMENT {
		t.Errorf("without the provider the order is %v", res.GetOrder().GetState())
	}
	ok(t, broken(t.Context()))
	p.ends(t, res.GetOrder().GetOrderId())
}
