package main

import (
	"context"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"connectrpc.com/connect"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
	process "github.com/issho-shop/issho/internal/server"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
)

// shop is the order service under test, on a database of its own, among neighbours whose answers the test decides.
type shop struct {
	*neighbours
	t    testing.TB
	w    *testenv.World
	db   *spandb.DB
	base string
}

// open starts it; env is further names and values of its environment.
func open(t testing.TB, env ...string) *shop {
	t.Helper()
	return openWith(t, run, env...)
}

// openWith serves by another function than the program's own.
func openWith(t testing.TB, run func(context.Context, *process.Server, config) error, env ...string) *shop {
	t.Helper()
	s := unserved(t)
	for i := 0; i+1 < len(env); i += 2 {
		s.w.Set(env[i], env[i+1])
	}
	s.base = testenv.Serve(s.w, run)
	return s
}

// unserved is a shop before its process is started.
func unserved(t testing.TB) *shop {
	t.Helper()
	s := &shop{t: t, w: testenv.New(t, "order"), neighbours: newNeighbours()}
	database := testenv.Database(t, schema)
	s.w.Set("SPANNER_DATABASE", database)
	url := testenv.Listen(t, s.neighbours.handler())
	for _, name := range []string{"CATALOG_URL", "CART_URL", "PAYMENT_URL", "REWARD_URL", "USER_URL"} {
		s.w.Set(name, url)
	}
	db, err := spandb.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	s.db = db
	return s
}

func (s *shop) as(user string) orderv1connect.OrderServiceClient {
	return orderv1connect.NewOrderServiceClient(s.w.As(testenv.User{ID: user}), s.base)
}

func (s *shop) admin(u testenv.User) orderv1connect.OrderAdminServiceClient {
	return orderv1connect.NewOrderAdminServiceClient(s.w.As(u), s.base)
}

func (s *shop) by(service string) orderv1connect.OrderInternalServiceClient {
	return orderv1connect.NewOrderInternalServiceClient(s.w.AsService(service), s.base)
}

// campaign puts a campaign with one SKU into the catalog, with stock.
func (s *shop) campaign(min, max int32, stock int64) *catalogv1.Campaign {
	s.t.Helper()
	c := &catalogv1.Campaign{
		CampaignId: id.New("cmp"), Title: &typev1.LocalisedText{Ja: "りんご", En: "Apples"}, Skus: []string{id.New("sku")},
		MinSize: min, MaxSize: max, Window: durationpb.New(24 * time.Hour), MaxUnitsPerOrder: 5, MaxUnitsPerCustomer: 8,
		Tiers: []*catalogv1.Tier{{Size: min, UnitPrice: yen(1000)}, {Size: min + 2, UnitPrice: yen(900)}},
	}
	s.offer(c, &catalogv1.PricedVariant{
		Sku: c.Skus[0], ProductId: id.New("prd"), MerchantId: "m_1", Title: c.GetTitle(), Price: yen(1200), TaxPercent: 8,
	})
	s.stock(c.Skus[0], stock)
	return c
}

func (s *shop) stock(sku string, onHand int64) {
	s.t.Helper()
	_, err := s.admin(testenv.User{ID: "staff", MerchantID: "m_1"}).SetStock(s.t.Context(), &orderv1.SetStockRequest{
		Sku: sku, OnHand: onHand, Sequence: time.Now().UnixNano(), Reason: "count",
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func yen(n int64) *typev1.Money { return &typev1.Money{Amount: n, Currency: "JPY"} }

// start is a request to start a group with one unit at 1,000 yen and 550 for shipping.
func start(c *catalogv1.Campaign) *orderv1.CheckoutRequest {
	return &orderv1.CheckoutRequest{
		RequestId: uuid.NewString(),
		What:      &orderv1.CheckoutRequest_Start{Start: &orderv1.StartGroup{CampaignId: c.CampaignId, Sku: c.Skus[0], Quantity: 1}},
		AddressId: id.New("adr"), ExpectedTotal: yen(1550), Payment: saved("pm_card_visa"),
	}
}

// join is a request to join by an invite, with one unit.
func join(c *catalogv1.Campaign, invite *orderv1.Invite) *orderv1.CheckoutRequest {
	req := start(c)
	req.What = &orderv1.CheckoutRequest_Join{Join: &orderv1.JoinGroup{InviteToken: invite.GetToken(), Sku: c.Skus[0], Quantity: 1}}
	return req
}

func saved(method string) *orderv1.PaymentMethod {
	return &orderv1.PaymentMethod{Method: &orderv1.PaymentMethod_SavedMethodId{SavedMethodId: method}}
}

// buy checks out, and fails the test if that is refused.
func (s *shop) buy(user string, req *orderv1.CheckoutRequest) *orderv1.CheckoutResponse {
	s.t.Helper()
	res, err := s.as(user).Checkout(s.t.Context(), req)
	if err != nil {
		s.t.Fatalf("%s could not buy: %v", user, err)
	}
	return res
}

// order answers a user's order as it stands.
func (s *shop) order(user, orderID string) *orderv1.Order {
	s.t.Helper()
	res, err := s.as(user).GetOrder(s.t.Context(), &orderv1.GetOrderRequest{OrderId: orderID})
	if err != nil {
		s.t.Fatal(err)
	}
	return res.GetOrder()
}

// becomes waits until a user's order is in a state.
func (s *shop) becomes(user, orderID string, want orderv1.OrderState) *orderv1.Order {
	s.t.Helper()
	var o *orderv1.Order
	testenv.Eventually(s.t, func() error {
		o = s.order(user, orderID)
		return differ("order", o.GetState(), want)
	})
	return o
}

// counts answers a SKU's stock.
func (s *shop) counts(sku string) (onHand, reserved int64) {
	s.t.Helper()
	res, err := s.admin(testenv.User{ID: "staff", MerchantID: "m_1"}).GetStock(s.t.Context(), &orderv1.GetStockRequest{Skus: []string{sku}})
	if err != nil || len(res.GetStocks()) != 1 {
		s.t.Fatalf("stock of %s: %v, %v", sku, res, err)
	}
	return res.GetStocks()[0].GetOnHand(), res.GetStocks()[0].GetReserved()
}

// wantCounts waits until a SKU's stock is as wanted: an outcome reaches the other members' orders after the commit.
func (s *shop) wantCounts(sku string, onHand, reserved int64) {
	s.t.Helper()
	testenv.Eventually(s.t, func() error {
		gotHand, gotReserved := s.counts(sku)
		return differ("stock on hand and reserved", [2]int64{gotHand, gotReserved}, [2]int64{onHand, reserved})
	})
}

// verify runs the service's own checks over what the test has left, and replays the audit.
func (s *shop) verify() {
	s.t.Helper()
	s.invariants()
	s.replay()
}

func (s *shop) invariants() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second) // as its job has: it looks at every row
	defer cancel()
	res, err := s.by("ops").Verify(ctx, &orderv1.VerifyRequest{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range res.GetFindings() {
		if f.GetViolationCount() > 0 && f.GetInvariant() != "I12 outbox drained" {
			s.t.Errorf("%s: %v", f.GetInvariant(), f.GetViolations())
		}
	}
}

// payment tells the service what payment's event would.
func (s *shop) payment(typ, orderID string) {
	s.t.Helper()
	paymentID := s.paymentOf(orderID)
	s.w.DeliverTwice(s.base, testenv.NewEvent(s.t, "payment", typ, "payment/"+paymentID, 2, &paymentv1.PaymentEvent{
		PaymentId: paymentID, Version: 2, OrderId: orderID,
	}))
}

func wantReason(t testing.TB, err error, want fault.Reason, code connect.Code) {
	t.Helper()
	if fault.ReasonOf(err) != want || connect.CodeOf(err) != code {
		t.Errorf("refused with %v, want %s and %s", err, code, want)
	}
}

// neighbours are the services that order asks, in one handler. By default every address exists and every card is good.
type neighbours struct {
	mu       sync.Mutex
	offers   map[string]*catalogv1.GetOfferResponse
	variants map[string]*catalogv1.PricedVariant
	owners   map[string]string // merchants by SKU
	carts    map[string]*cartv1.GetLinesResponse
	answers  map[string]paymentv1.PaymentState // by saved method
	payments map[string]*paymentv1.AuthoriseResponse
	asked    map[string]int // calls of Authorise by order
	points   map[string]int64
	onAsk    func(ctx context.Context, orderID string) // runs inside each Authorise
	onQuote  func()                                    // runs inside each GetOffer and GetLines
	onHold   func(orderID string)                      // runs inside each HoldPoints
	down     bool                                      // payment answers nothing
}

func newNeighbours() *neighbours {
	return &neighbours{
		offers: map[string]*catalogv1.GetOfferResponse{}, variants: map[string]*catalogv1.PricedVariant{},
		owners: map[string]string{}, carts: map[string]*cartv1.GetLinesResponse{}, payments: map[string]*paymentv1.AuthoriseResponse{},
		asked: map[string]int{}, points: map[string]int64{},
		answers: map[string]paymentv1.PaymentState{
			"pm_card_visa": paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED, "pm_card_declined": paymentv1.PaymentState_PAYMENT_STATE_FAILED,
			"pm_card_silent": paymentv1.PaymentState_PAYMENT_STATE_UNKNOWN, "": paymentv1.PaymentState_PAYMENT_STATE_ACTION,
		},
	}
}

// sell puts a variant on sale for those who buy alone.
func (s *shop) sell(sku, merchant string, price int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owners[sku] = merchant
	s.variants[sku] = &catalogv1.PricedVariant{
		Sku: sku, ProductId: id.New("prd"), MerchantId: merchant, Title: &typev1.LocalisedText{Ja: "なし", En: "Pears"}, Price: yen(price), TaxPercent: 8,
	}
}

// wantAudit holds the audit of an entity to so many rows with the reason that somebody gave.
func (s *shop) wantAudit(entity, note string, want int64) {
	s.t.Helper()
	got, _, err := spandb.One[struct{ N int64 }](s.t.Context(), s.db.Single(), "audit", spanner.Statement{
		SQL: "SELECT COUNT(*) AS N FROM Audit WHERE Entity = @entity AND Note = @note", Params: map[string]any{"entity": entity, "note": note},
	})
	if err != nil || got.N != want {
		s.t.Errorf("%d audit rows of %s say %q, want %d (%v)", got.N, entity, note, want, err)
	}
}
