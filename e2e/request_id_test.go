package e2e

import (
	"sync"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"github.com/issho-shop/issho/e2e/shop"
	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

// A checkout repeated with the same request_id answers the same order as it stands; with other content it is refused with
// REQUEST_ID_REUSED.
func TestRequestID(t *testing.T) {
	t.Parallel()
	p := starts(t, shop.JSON)
	again := must(p.hanako.Order.Checkout(t.Context(), p.start))(t)
	same(t, p.first, again, orderv1.OrderState_ORDER_STATE_AWAITING_GROUP)

	p.joins(t)
	p.bought(t)
	again = must(p.hanako.Order.Checkout(t.Context(), p.start))(t)
	same(t, p.first, again, orderv1.OrderState_ORDER_STATE_PAID)

	other := proto.CloneOf(p.start)
	other.GetStart().Quantity, other.ExpectedTotal = 2, shop.Yen(shop.Shipped(2*1480))
	_, err := p.hanako.Order.Checkout(t.Context(), other)
	refused(t, err, connect.CodeInvalidArgument, fault.RequestIDReused)

	p.bought(t) // nothing of this has bought anything
}

func same(t *testing.T, want, got *orderv1.CheckoutResponse, state orderv1.OrderState) {
	t.Helper()
	if got.GetOrder().GetOrderId() != want.GetOrder().GetOrderId() || got.GetOrder().GetState() != state {
		t.Errorf("the repeat answers %s, %v; want %s, %v",
			got.GetOrder().GetOrderId(), got.GetOrder().GetState(), want.GetOrder().GetOrderId(), state)
	}
}

// Double clicks: the same checkout sent many times at once, in every protocol, buys once.
func TestRequestIDAtOnce(t *testing.T) {
	t.Parallel()
	goods := must(open.Sell(t.Context(), sale()))(t)
	hanako := must(open.Buyer(t.Context(), shop.JSON, "hanako", "pm_card_visa"))(t)
	req := hanako.Start(goods, 1)
	ids := make([]string, 8)
	var clicking sync.WaitGroup
	for i := range ids {
		clicking.Go(func() {
			hand := &shop.Person{Client: open.Client(shop.Wires[i%len(shop.Wires)], hanako.Token)}
			if answer, err := insist(t.Context(), hand, req); err != nil {
				t.Error(err)
			} else {
				ids[i] = answer.GetOrder().GetOrderId()
			}
		})
	}
	clicking.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("one request made several orders: %v", ids)
		}
	}
	if orders := must(open.OrdersOf(t.Context(), hanako.ID))(t); len(orders) != 1 {
		t.Errorf("one request made %v", orders)
	}
	charged(t, ids[0], held, 0)
	stock(t, goods, 10, 1)
}

// A refusal is repeated as well: whoever was told GROUP_FULL is told so again.
func TestRequestIDOfARefusal(t *testing.T) {
	t.Parallel()
	p := starts(t, shop.GRPC)
	p.joins(t)
	jiro := must(open.Buyer(t.Context(), shop.GRPC, "jiro", "pm_card_visa"))(t)
	req := jiro.Join(p.first.GetInvite(), p.goods, 1)
	for range 2 {
		_, err := jiro.Order.Checkout(t.Context(), req)
		refused(t, err, connect.CodeFailedPrecondition, fault.GroupFull)
		waysOn(t, err)
	}
	untouched(t, jiro)
}

// Another request_id in the same campaign is another wish: ALREADY_JOINED names the order that there is.
func TestAnotherRequestID(t *testing.T) {
	t.Parallel()
	p := starts(t, shop.GRPCWeb)
	_, err := p.hanako.Order.Checkout(t.Context(), p.hanako.Start(p.goods, 1))
	refused(t, err, connect.CodeFailedPrecondition, fault.AlreadyJoined)
	if got := fault.Meta(err, "order_id"); got != p.first.GetOrder().GetOrderId() {
		t.Errorf("it names %q, want %s", got, p.first.GetOrder().GetOrderId())
	}
	stock(t, p.goods, 10, 1)
}
