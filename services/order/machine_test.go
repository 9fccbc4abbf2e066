package main

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/id"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
	"github.com/issho-shop/issho/services/order/internal/coupon"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
	"github.com/issho-shop/issho/services/order/internal/stock"
)

const machineSteps = 40

// machineRuns is how many runs there are, and after what time no new one is begun.
func machineRuns() (int, time.Duration) {
	if long() {
		return 100, 4 * time.Minute
	}
	return 15, 25 * time.Second
}

// long says whether this is the run that may take longer: scripts/check --long.
func long() bool { return os.Getenv("CHECK_LONG") != "" }

// TestAnyInterleavingIsAsTheModelSays plays random steps of customers, merchants, payments, tasks and the clock against the
// service and the model, and compares all rows with the model after each. A failure prints the seed and the steps.
func TestAnyInterleavingIsAsTheModelSays(t *testing.T) {
	t.Parallel()
	s := openWith(t, byHand)
	most, within := machineRuns()
	runs, end, broken := 0, time.Now().Add(within), false
	rapid.Check(t, func(rt *rapid.T) {
		if !broken && (runs >= most || time.Now().After(end)) {
			return // the rest of rapid's runs; a failure is shrunk all the same
		}
		runs++
		defer func() { broken = broken || rt.Failed() }()
		m := newMachine(rt, s)
		for range rapid.IntRange(machineSteps/2, machineSteps).Draw(rt, "steps") {
			m.step()
			m.compare()
		}
	})
	t.Logf("%d runs", runs)
	s.w.Advance(25 * time.Hour)
	for range 5 { // each takes on so many of a kind
		if _, err := s.by("scheduler").Sweep(t.Context(), &orderv1.SweepRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	s.verify()
}

// machine is the service and the model side by side, in one campaign.
type machine struct {
	*shop
	rt       *rapid.T
	model    *model
	campaign *catalogv1.Campaign
	suffix   string
	asked    []asked
	told     []testenv.Event
	carts    int64
	often    []string // names of verbs
}

// asked is a checkout that was answered: its order or why it was refused for good.
type asked struct {
	user, order string
	req         *orderv1.CheckoutRequest
	refused     fault.Reason
}

func newMachine(rt *rapid.T, s *shop) *machine {
	min := rapid.IntRange(2, 3).Draw(rt, "min")
	max := min + rapid.IntRange(0, 2).Draw(rt, "max above min")
	c := s.campaign(int32(min), int32(max), 0)
	c.Window = durationpb.New(modelWindow * time.Minute)
	m := &machine{shop: s, rt: rt, model: newModel(min, max, rapid.IntRange(1, 3).Draw(rt, "uses of the coupon")), campaign: c, suffix: id.New("u")}
	m.printCoupon()
	m.often = beforeTheSale
	if rapid.Bool().Draw(rt, "after the sale") {
		m.often = afterTheSale
		m.sell()
	}
	return m
}

// What a machine mostly does: gather groups, or go on with what is bought.
var (
	beforeTheSale = []string{
		"start", "join", "join", "join", "solo", "again", "cancel", "cancel", "payment", "payment", "payment", "redeliver",
		"advance", "advance", "task", "task", "sweep", "set", "feed", "stop", "shop cancels", "ship",
	}
	afterTheSale = []string{
		"solo", "join", "again", "payment", "redeliver", "advance", "sweep", "feed", "shop cancels",
		"ship", "ship", "ship", "deliver", "deliver", "cancel lines", "ask back", "ask back", "return", "return", "return",
	}
)

// step draws one of the verbs; what it needs may be missing, then nothing happens.
func (m *machine) step() {
	verbs := map[string]func(){
		"start": m.start, "join": m.join, "solo": m.solo, "again": m.again, "cancel": m.cancelOne, "payment": m.pay, "redeliver": m.redeliver,
		"advance": m.advance, "task": m.task, "sweep": m.sweep, "set": m.set, "feed": m.feedLines, "stop": m.stopOne, "shop cancels": m.shopCancels,
		"ship": m.ship, "deliver": m.deliver, "cancel lines": m.cancelSome, "ask back": m.askBack, "return": m.moveReturn,
	}
	if len(m.model.orders) == 0 && m.model.onHand == 0 {
		m.set()
		return
	}
	verbs[rapid.SampledFrom(m.often).Draw(m.rt, "verb")]()
}

func (m *machine) user() string {
	return "user-" + strconv.Itoa(rapid.IntRange(0, 5).Draw(m.rt, "user")) + "-" + m.suffix
}

func (m *machine) start() {
	m.checkout(m.user(), "", func(c *orderv1.CheckoutRequest, q int) { c.GetStart().Quantity = int32(q) }, nil)
}

func (m *machine) join() {
	groupID := m.pick("group", slices.Sorted(maps.Keys(m.model.groups)))
	if groupID == "" {
		return
	}
	invites, err := group.NewInvites("an invite key of 32 letters, too")
	if err != nil {
		m.rt.Fatal(err)
	}
	token := invites.Seal(group.Invite{GroupID: groupID, EndsAt: time.Now().Add(time.Hour)})
	m.checkout(m.user(), groupID, func(c *orderv1.CheckoutRequest, q int) {
		c.What = &orderv1.CheckoutRequest_Join{Join: &orderv1.JoinGroup{InviteToken: token, Sku: m.campaign.Skus[0], Quantity: int32(q)}}
	}, nil)
}

func (m *machine) solo() {
	m.carts++
	user := m.user()
	m.checkout(user, "", nil, func(c *orderv1.CheckoutRequest, q int) {
		m.fill(user, m.carts, &cartv1.Line{Sku: m.campaign.Skus[0], Quantity: int32(q)})
		c.What = &orderv1.CheckoutRequest_Cart{Cart: &orderv1.BuyCart{CartVersion: m.carts}}
	})
}

// checkout buys in a group (into says how) or alone, by a card that is good, declined, or silent until payment tells.
func (m *machine) checkout(user, groupID string, into, alone func(*orderv1.CheckoutRequest, int)) {
	card := rapid.SampledFrom([]string{"visa", "visa", "silent", "silent", "declined"}).Draw(m.rt, "card")
	quantity := rapid.IntRange(1, 4).Draw(m.rt, "quantity")
	req := start(m.campaign)
	req.Payment, req.ExpectedTotal = saved("pm_card_"+card), yen(int64(total(1000, quantity)))
	orderID := id.Derive("ord", user, "Checkout", req.RequestId)
	off := m.useCoupon(req)
	var refused fault.Reason
	switch {
	case alone != nil:
		alone(req, quantity)
		req.ExpectedTotal = yen(int64(total(1200, quantity) - off))
		refused = m.model.solo(orderID, user, quantity, off)
	case groupID == "":
		into(req, quantity)
		refused = m.model.start(id.Derive("grp", orderID), orderID, user, quantity, off)
	default:
		into(req, quantity)
		refused = m.model.join(groupID, orderID, user, quantity, off)
	}
	if refused == "" {
		switch card {
		case "visa":
			m.model.authorised(orderID)
		case "declined":
			m.model.abandon(orderID, "PAYMENT_FAILED", "TIMED_OUT")
			refused = fault.PaymentDeclined
		}
	}
	a := asked{user, orderID, req, refused}
	m.expect(a)
	m.asked = append(m.asked, a)
}

// expect asks for a checkout and holds the answer against the model.
func (m *machine) expect(a asked) {
	res, err := m.as(a.user).Checkout(m.t.Context(), a.req)
	if got := fault.ReasonOf(err); got != a.refused || (err == nil) != (a.refused == "") {
		m.rt.Fatalf("checkout answered %v, the model says %q", err, a.refused)
	}
	if err == nil && res.GetOrder().GetOrderId() != a.order {
		m.rt.Fatalf("checkout made %s, the model says %s", res.GetOrder().GetOrderId(), a.order)
	}
}

// again repeats a request: the same order as it now stands, or the same refusal.
func (m *machine) again() {
	if len(m.asked) == 0 {
		return
	}
	a := m.asked[rapid.IntRange(0, len(m.asked)-1).Draw(m.rt, "request")]
	if o, made := m.model.orders[a.order]; made {
		a.refused = ""
		if o.reason == "PAYMENT_FAILED" {
			a.refused = fault.PaymentDeclined
		}
	}
	m.expect(a)
}

func (m *machine) cancelOne() {
	orderID := m.pick("order", slices.Sorted(maps.Keys(m.model.orders)))
	if orderID == "" {
		return
	}
	want := m.model.cancel(orderID)
	if _, err := m.cancel(m.model.orders[orderID].user, orderID); fault.ReasonOf(err) != want {
		m.rt.Fatalf("cancelling answered %v, the model says %q", err, want)
	}
}

// pay lets payment tell what may come next of an order.
func (m *machine) pay() {
	orderID := m.one("PENDING_PAYMENT", "AWAITING_GROUP", "CONFIRMED")
	if orderID == "" {
		return
	}
	next := map[string][]string{
		"PENDING_PAYMENT": {"authorised", "authorised", "failed", "capture_failed"}, "AWAITING_GROUP": {"authorised", "capture_failed"},
		"CONFIRMED": {"captured", "captured", "capture_failed"}, "PAID": {"captured"}, "CANCELLED": {"authorised", "captured", "failed", "capture_failed"},
	}[m.model.orders[orderID].state]
	if next == nil { // it was sent
		next = []string{"captured"}
	}
	m.news(orderID, rapid.SampledFrom(next).Draw(m.rt, "what payment tells"))
}

// news is something new that payment tells of an order.
func (m *machine) news(orderID, what string) {
	m.tell(testenv.NewEvent(m.t, "payment", "payment."+what, "payment/"+m.paymentOf(orderID), 2, &paymentv1.PaymentEvent{
		PaymentId: m.paymentOf(orderID), Version: 2, OrderId: orderID,
	}))
}

// redeliver brings an old message once more, long after later ones.
func (m *machine) redeliver() {
	if len(m.told) > 0 {
		m.tell(m.told[rapid.IntRange(0, len(m.told)-1).Draw(m.rt, "message")])
	}
}

func (m *machine) tell(e testenv.Event) {
	var body paymentv1.PaymentEvent
	e.Decode(m.t, &body)
	orderID, want := body.GetOrderId(), http.StatusOK
	switch e.Type() {
	case "payment.authorised":
		m.model.authorised(orderID)
	case "payment.failed":
		m.model.abandon(orderID, "PAYMENT_FAILED", "TIMED_OUT")
	case "payment.captured":
		m.model.captured(orderID)
	case "payment.capture_failed":
		switch m.model.orders[orderID].state {
		case "PAID", "PARTLY_SHIPPED", "SHIPPED", "DELIVERED", "COMPLETED":
			return // payment never says so once it has captured
		}
		if m.model.captureFailed(orderID) != "" {
			want = http.StatusServiceUnavailable
		}
	}
	for range rapid.IntRange(1, 2).Draw(m.rt, "deliveries") {
		if got := m.w.Deliver(m.base, e); (got/100 == 2) != (want/100 == 2) {
			m.rt.Fatalf("%s was answered %d, want %d", e.Type(), got, want)
		}
	}
	m.told = append(m.told, e)
}

func (m *machine) advance() {
	minutes := rapid.SampledFrom([]int{1, 1, 2, 2, 5, 5, 8, 8, 10, 10, 19, 19, modelComplete}).Draw(m.rt, "minutes")
	m.model.now += minutes
	m.w.Advance(time.Duration(minutes) * time.Minute)
}

// task runs a task, too early, twice or late.
func (m *machine) task() {
	orderID := m.pick("order", slices.Sorted(maps.Keys(m.model.orders)))
	groupID := m.pick("group", slices.Sorted(maps.Keys(m.model.groups)))
	if orderID == "" || groupID == "" {
		return
	}
	tasks, ctx := m.by("tasks"), m.t.Context()
	var err error
	switch rapid.SampledFrom([]string{"hold", "deadline", "fan-out", "authorise"}).Draw(m.rt, "task") {
	case "hold":
		m.model.expireHold(orderID)
		_, err = tasks.ExpireHold(ctx, &orderv1.ExpireHoldRequest{OrderId: orderID})
	case "deadline":
		m.model.due(groupID)
		_, err = tasks.ReachDeadline(ctx, &orderv1.ReachDeadlineRequest{GroupId: groupID})
	case "fan-out":
		m.model.fanOut(groupID)
		_, err = tasks.FanOut(ctx, &orderv1.FanOutRequest{GroupId: groupID})
	case "authorise":
		_, err = tasks.AuthoriseOrder(ctx, &orderv1.AuthoriseOrderRequest{OrderId: orderID})
	}
	if err != nil {
		m.rt.Fatal(err)
	}
}

func (m *machine) sweep() {
	m.model.sweep()
	if _, err := m.by("scheduler").Sweep(m.t.Context(), &orderv1.SweepRequest{}); err != nil {
		m.rt.Fatal(err)
	}
}

// set is a merchant's count, numbered anew or late.
func (m *machine) set() {
	onHand, sequence := rapid.IntRange(0, 12).Draw(m.rt, "on hand"), m.model.sequence+rapid.IntRange(0, 2).Draw(m.rt, "sequence")
	if m.model.sequence == 0 {
		onHand, sequence = onHand+3, 1
	}
	want := m.model.set(onHand, sequence)
	_, err := m.admin(testenv.User{ID: "staff", MerchantID: "m_1"}).SetStock(m.t.Context(), &orderv1.SetStockRequest{
		Sku: m.campaign.Skus[0], OnHand: int64(onHand), Sequence: firstSequence + int64(sequence), Reason: "count",
	})
	if fault.ReasonOf(err) != want {
		m.rt.Fatalf("setting %d of feed %d answered %v, the model says %q", onHand, sequence, err, want)
	}
}

// firstSequence is above the number with which every campaign of a test is stocked.
const firstSequence = 1 << 62

func (m *machine) pick(what string, from []string) string {
	if len(from) == 0 {
		return ""
	}
	return rapid.SampledFrom(from).Draw(m.rt, what)
}

// compare holds every row against the model.
func (m *machine) compare() {
	if diff := cmp.Diff(m.wanted(), m.stored()); diff != "" {
		m.rt.Fatalf("rows (-model +service):\n%s", diff)
	}
}

// wanted is what the model says the rows are.
func (m *machine) wanted() map[string]string {
	held, used := m.model.coupons()
	rows := map[string]string{
		"stock": fmt.Sprintf("%d on hand, %d reserved", m.model.onHand, m.model.reserved()), "coupon": fmt.Sprintf("%d held, %d used", held, used),
	}
	for id, g := range m.model.groups {
		held, confirmed := m.model.count(id)
		rows[id] = fmt.Sprintf("%s led by %s, %d held, %d confirmed, timed %t, price %d, carried %t",
			g.state, g.leader, held, confirmed, g.deadline > 0, g.price, g.carried || !decided(g.state))
	}
	for id, o := range m.model.orders {
		rows[id] = fmt.Sprintf("%s %s of %s, claim %s, final %d", o.state, o.reason, o.user, o.claim, o.final)
		rows[id+" units"] = fmt.Sprintf("%d shipped, %d cancelled, %d returning, %d returned, %d parcels out, %d returns open, %d back",
			o.shipped, o.cancelled, o.returning, o.returned, o.underWay, o.openReturns, o.back())
	}
	for at, seat := range m.model.seats {
		rows[at.group+" "+at.user] = fmt.Sprintf("%s by %s, decided %t", seat.state, seat.order, seat.decided)
	}
	return rows
}

// stored is what the database says.
func (m *machine) stored() map[string]string {
	sku := m.campaign.Skus[0]
	var keys []spanner.KeySet
	var prefixes []spanner.KeySet
	for id := range m.model.groups {
		keys, prefixes = append(keys, spanner.Key{id}), append(prefixes, spanner.Key{id}.AsPrefix())
	}
	var orders, claims, ofOrders []spanner.KeySet
	for id := range m.model.orders {
		orders, claims, ofOrders = append(orders, spanner.Key{id}), append(claims, spanner.Key{id, sku}), append(ofOrders, spanner.Key{id}.AsPrefix())
	}
	rows := map[string]string{}
	for _, s := range read[stock.Stock](m, "Stock", []spanner.KeySet{spanner.Key{sku}}) {
		rows["stock"] = fmt.Sprintf("%d on hand, %d reserved", s.OnHand, s.Reserved)
	}
	for _, g := range read[group.Group](m, "BuyerGroups", keys) {
		if g.State == group.Closed && m.model.mayClose(g.GroupID) { // once a day, so not when the model would say
			g.State = group.State(m.model.groups[g.GroupID].state)
		}
		rows[g.GroupID] = fmt.Sprintf("%s led by %s, %d held, %d confirmed, timed %t, price %d, carried %t",
			g.State, g.LeaderID, g.Held, g.Confirmed, g.Deadline.Valid, g.FinalUnitPrice.Int64, !g.FanOutShard.Valid)
	}
	claimOf := map[string]stock.ReservationState{}
	for _, c := range read[stock.Reservation](m, "Reservations", claims) {
		claimOf[c.OrderID] = c.State
	}
	for _, c := range read[coupon.Coupon](m, "Coupons", []spanner.KeySet{spanner.Key{m.code()}}) {
		rows["coupon"] = fmt.Sprintf("%d held, %d used", c.Held, c.Used)
	}
	back := map[string]int64{}
	for _, l := range read[order.RefundLine](m, "RefundLines", ofOrders) {
		back[l.OrderID] += l.Money
	}
	for _, o := range read[order.Order](m, "Orders", orders) {
		l := o.Lines.V[0]
		rows[o.OrderID+" units"] = fmt.Sprintf("%d shipped, %d cancelled, %d returning, %d returned, %d parcels out, %d returns open, %d back",
			l.Shipped, l.Cancelled, l.Returning, l.Returned, o.ParcelsOut, o.OpenReturns, back[o.OrderID])
		rows[o.OrderID] = fmt.Sprintf("%s %s of %s, claim %s, final %d", o.State, o.CancelReason, o.CustomerID, claimOf[o.OrderID], o.FinalTotal.Int64)
	}
	for _, seat := range read[group.Member](m, "Members", prefixes) {
		rows[seat.GroupID+" "+seat.UserID] = fmt.Sprintf("%s by %s, decided %t", seat.State, seat.OrderID, seat.Decided)
	}
	return rows
}

func read[T any](m *machine, table string, keys []spanner.KeySet) []T {
	rows, err := spandb.Rows[T](m.t.Context(), m.db.Single(), table, spanner.KeySets(keys...))
	if err != nil {
		m.rt.Fatal(err)
	}
	return rows
}
