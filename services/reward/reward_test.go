package main

import (
	"context"
	"flag"
	"net/http"
	"os"
	"sync"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/gen/issho/reward/v1/rewardv1connect"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

// TestMain bounds the random stories, each of which is many transactions, and fixes their seed; the command line may say
// otherwise (-rapid.checks, -rapid.seed).
func TestMain(m *testing.M) {
	for name, value := range map[string]string{"rapid.checks": "8", "rapid.steps": "20", "rapid.seed": "1"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// world is a reward service on a database of its own, with an order service that answers what a test says.
type world struct {
	*testenv.World
	t      *testing.T
	base   string
	db     *spandb.DB
	orders *orders
}

func start(t *testing.T) *world {
	t.Parallel()
	w := &world{World: testenv.New(t, "reward"), t: t, orders: &orders{states: map[string]orderv1.OrderState{}, broken: map[string]bool{}}}
	name := testenv.Database(t, schema)
	mux := http.NewServeMux()
	mux.Handle(orderv1connect.NewOrderInternalServiceHandler(w.orders))
	w.Set("SPANNER_DATABASE", name)
	w.Set("ORDER_URL", testenv.Listen(t, mux))
	w.base = testenv.Serve(w.World, run)
	db, err := spandb.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	w.db = db
	return w
}

// orders is the order service: the states of the orders that exist, or an error while it is down.
type orders struct {
	orderv1connect.UnimplementedOrderInternalServiceHandler
	mu     sync.Mutex
	states map[string]orderv1.OrderState
	broken map[string]bool
	down   bool
}

func (o *orders) GetOrderState(_ context.Context, req *orderv1.GetOrderStateRequest) (*orderv1.GetOrderStateResponse, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.down || o.broken[req.GetOrderId()] {
		return nil, fault.New(fault.Internal)
	}
	return &orderv1.GetOrderStateResponse{State: o.states[req.GetOrderId()]}, nil
}

func (o *orders) set(orderID string, state orderv1.OrderState) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.states[orderID] = state
}

// fail has the order be one that cannot be read.
func (o *orders) fail(orderID string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.broken[orderID] = true
}

func (o *orders) setDown(down bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.down = down
}

func (w *world) customer(userID string) rewardv1connect.RewardServiceClient {
	return rewardv1connect.NewRewardServiceClient(w.As(testenv.User{ID: userID}), w.base)
}

func (w *world) operator() rewardv1connect.RewardAdminServiceClient {
	return rewardv1connect.NewRewardAdminServiceClient(w.As(testenv.User{ID: "ops_yuki", Operator: true}), w.base)
}

func (w *world) service(identity string) rewardv1connect.RewardInternalServiceClient {
	return rewardv1connect.NewRewardInternalServiceClient(w.AsService(identity), w.base)
}

// programme gives 100 points to members, 50 to leaders and 30 to inviters.
func (w *world) programme(campaignID string, budget int64) {
	w.t.Helper()
	_, err := w.operator().PutProgramme(w.t.Context(), &rewardv1.PutProgrammeRequest{
		Programme: &rewardv1.Programme{
			CampaignId: campaignID, MemberPoints: 100, LeaderPoints: 50, InviterPoints: 30, Budget: budget,
		},
		Reason: "summer campaign",
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// bought is an order of a settled group; a test changes what it is about.
func bought(orderID, campaignID, customerID string) *orderv1.OrderEvent {
	return &orderv1.OrderEvent{
		OrderId: orderID, Version: 4, State: orderv1.OrderState_ORDER_STATE_PAID, CustomerId: customerID,
		GroupId: "grp_1", CampaignId: campaignID, LeaderId: "leader", InviterId: "leader",
		AuthorisedTotal: yen(3000), FinalTotal: yen(3000),
	}
}

func yen(n int64) *typev1.Money { return &typev1.Money{Amount: n, Currency: "JPY"} }

func (w *world) orderEvent(typ string, m *orderv1.OrderEvent) testenv.Event {
	return testenv.NewEvent(w.t, "order", typ, "order/"+m.GetOrderId(), m.GetVersion(), m)
}

func (w *world) refund(orderID, refundID string, refunded int64) testenv.Event {
	return testenv.NewEvent(w.t, "payment", "payment.refunded", "payment/"+orderID, refunded, &paymentv1.PaymentEvent{
		PaymentId: "pay_" + orderID, OrderId: orderID, Captured: yen(3000), Refunded: yen(refunded), RefundId: refundID,
	})
}

// deliver pushes each event twice and wants both to be done.
func (w *world) deliver(events ...testenv.Event) {
	w.t.Helper()
	for _, e := range events {
		w.DeliverTwice(w.base, e)
	}
}

// fund lets a customer spend 100 points, by an order that is complete.
func (w *world) fund(customerID string) {
	w.t.Helper()
	campaign := id.New("cmp")
	w.programme(campaign, 1000)
	m := bought(id.New("ord"), campaign, customerID)
	m.InviterId = ""
	w.deliver(w.orderEvent("order.paid", m), w.orderEvent("order.completed", m))
	w.wantBalance(customerID, balance{Available: 100})
}

func (w *world) hold(orderID, customerID string, n int64) error {
	_, err := w.service("order").HoldPoints(w.t.Context(), &rewardv1.HoldPointsRequest{
		OrderId: orderID, CustomerId: customerID, Points: n,
	})
	return err
}

type balance struct{ Available, Pending, Held int64 }

func (w *world) balance(customerID string) balance {
	w.t.Helper()
	res, err := w.customer(customerID).GetBalance(w.t.Context(), &rewardv1.GetBalanceRequest{})
	if err != nil {
		w.t.Fatal(err)
	}
	return balance{res.GetAvailable(), res.GetPending(), res.GetHeld()}
}

func (w *world) wantBalance(customerID string, want balance) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.balance(customerID)); diff != "" {
		w.t.Errorf("balance of %s (-want +got):\n%s", customerID, diff)
	}
}

// wantKinds wants a customer's journals to be of these kinds, in any order.
func (w *world) wantKinds(customerID string, want ...points.Kind) {
	w.t.Helper()
	stmt := spanner.NewStatement("SELECT Kind FROM Journals WHERE CustomerId = @c")
	stmt.Params["c"] = customerID
	rows, err := spandb.All[struct{ Kind points.Kind }](w.t.Context(), w.db.Single(), "test", stmt)
	if err != nil {
		w.t.Fatal(err)
	}
	var got []points.Kind
	for _, r := range rows {
		got = append(got, r.Kind)
	}
	less := func(a, b points.Kind) bool { return a < b }
	if diff := cmp.Diff(want, got, cmpopts.SortSlices(less), cmpopts.EquateEmpty()); diff != "" {
		w.t.Errorf("journals of %s (-want +got):\n%s", customerID, diff)
	}
}

func (w *world) given(campaignID string) int64 {
	w.t.Helper()
	row, ok, err := spandb.Get[struct{ Given int64 }](w.t.Context(), w.db.Single(), "Programmes", spanner.Key{campaignID})
	if err != nil || !ok {
		w.t.Fatalf("programme %s: %v %v", campaignID, ok, err)
	}
	return row.Given
}

// wantSound wants Verify to find nothing once the outbox is drained.
func (w *world) wantSound() {
	w.t.Helper()
	testenv.Eventually(w.t, func() error {
		return violations(w.verify())
	})
}

func (w *world) verify() []*typev1.Finding {
	w.t.Helper()
	res, err := w.service("ops").Verify(w.t.Context(), &rewardv1.VerifyRequest{})
	if err != nil {
		w.t.Fatal(err)
	}
	return res.GetFindings()
}

// exec changes rows behind the service's back.
func (w *world) exec(sql string) {
	w.t.Helper()
	_, err := w.db.Update(w.t.Context(), "test", func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		_, err := tx.Update(ctx, spanner.NewStatement(sql))
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func wantReason(t *testing.T, err error, want fault.Reason) {
	t.Helper()
	if got := fault.ReasonOf(err); got != want {
		t.Errorf("reason %q (%v), want %q", got, err, want)
	}
}
