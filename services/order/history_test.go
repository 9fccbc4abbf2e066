package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/anishathalye/porcupine"

	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/testenv"
)

// Histories of concurrent clients must be explained by some order of their calls, one after another. porcupine looks for
// one, per SKU and per group. A call whose outcome its client does not know may have happened at any time since, or never.

// call is what a client wants of one key: a SKU or a group. Who is the number of its order there.
type call struct {
	key, verb string
	who       int
	n         int // quantity, or the count to set
	sequence  int
}

// seen is what the client was told.
type seen struct {
	unknown bool
	refused fault.Reason
	state   string // of a group that was read
	a, b    int    // on hand and reserved; held and confirmed
}

// recorder keeps a history.
type recorder struct {
	t     *testing.T
	began time.Time
	mu    sync.Mutex
	ops   []porcupine.Operation
}

// do records one call; some clients hang up at once.
func (r *recorder) do(client int, c call, patience time.Duration, run func(ctx context.Context) (seen, error)) {
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	if patience > 0 {
		time.AfterFunc(patience, cancel)
	}
	from := time.Since(r.began).Nanoseconds()
	out, err := run(ctx)
	to := time.Since(r.began).Nanoseconds()
	switch code := connect.CodeOf(err); {
	case err == nil:
	case code == connect.CodeFailedPrecondition:
		out.refused = fault.ReasonOf(err)
	default: // cancelled, unavailable, aborted
		out.unknown, to = true, math.MaxInt64
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops = append(r.ops, porcupine.Operation{ClientId: client, Input: c, Call: from, Output: out, Return: to})
}

// check has porcupine explain the history.
func (r *recorder) check(model porcupine.NondeterministicModel) {
	r.t.Helper()
	model.Partition = byKey
	unknown := 0
	for _, op := range r.ops {
		if op.Output.(seen).unknown {
			unknown++
		}
	}
	r.t.Logf("%d calls, %d of unknown outcome", len(r.ops), unknown)
	if got := porcupine.CheckOperationsTimeout(model.ToModel(), r.ops, time.Minute); got != porcupine.Ok {
		slices.SortFunc(r.ops, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
		for _, op := range r.ops {
			r.t.Logf("%12d %20d  %+v → %+v", op.Call, op.Return, op.Input, op.Output)
		}
		r.t.Errorf("no order of these calls explains the answers: %s", got)
	}
}

func byKey(history []porcupine.Operation) [][]porcupine.Operation {
	keys := map[string][]porcupine.Operation{}
	for _, op := range history {
		keys[op.Input.(call).key] = append(keys[op.Input.(call).key], op)
	}
	var parts [][]porcupine.Operation
	for _, part := range keys {
		parts = append(parts, part)
	}
	return parts
}

// step makes a model's step of one that says what a call does: the state after it and what is told. A call of unknown
// outcome may also have done nothing.
func step[S any](apply func(S, call) (S, seen)) func(state, input, output any) []any {
	return func(state, input, output any) []any {
		after, want := apply(state.(S), input.(call))
		got := output.(seen)
		switch {
		case got.unknown:
			return []any{state, after}
		case got != want:
			return nil
		}
		return []any{after}
	}
}

// shelfState is a SKU: the count and each order's claim, H held, C consumed, R given back, - none.
type shelfState struct {
	onHand, sequence int
	claims           string
	quantities       string // a digit an order
}

func (s shelfState) reserved() (sum int) {
	for i, c := range s.claims {
		if c == 'H' {
			sum += int(s.quantities[i] - '0')
		}
	}
	return sum
}

// with answers the state with an order's claim changed.
func (s shelfState) with(who int, claim byte, quantity int) shelfState {
	for len(s.claims) <= who {
		s.claims, s.quantities = s.claims+"-", s.quantities+"0"
	}
	claims, quantities := []byte(s.claims), []byte(s.quantities)
	claims[who], quantities[who] = claim, byte('0'+quantity)
	s.claims, s.quantities = string(claims), string(quantities)
	return s
}

func onShelf(s shelfState, c call) (shelfState, seen) {
	claim, quantity := byte('-'), 0
	if c.who < len(s.claims) && c.verb != "set" && c.verb != "read" {
		claim, quantity = s.claims[c.who], int(s.quantities[c.who]-'0')
	}
	switch c.verb {
	case "reserve":
		if s.onHand-s.reserved() < c.n {
			return s, seen{refused: fault.SoldOut}
		}
		return s.with(c.who, 'H', c.n), seen{}
	case "consume":
		if claim == 'H' {
			s.onHand -= quantity
			s = s.with(c.who, 'C', quantity)
		}
	case "release":
		if claim == 'C' {
			s.onHand += quantity
		}
		if claim == 'H' || claim == 'C' {
			s = s.with(c.who, 'R', quantity)
		}
	case "set":
		if c.sequence > s.sequence && c.n < s.reserved() {
			return s, seen{refused: fault.StockReserved}
		}
		if c.sequence > s.sequence {
			s.onHand, s.sequence = c.n, c.sequence
		}
	case "read":
		return s, seen{a: s.onHand, b: s.reserved()}
	}
	return s, seen{}
}

func TestStockIsLinearizable(t *testing.T) {
	t.Parallel()
	s := open(t)
	r := &recorder{t: t, began: time.Now()}
	var skus []*catalogv1.Campaign
	for range 3 {
		skus = append(skus, s.campaign(2, 2, 6))
	}
	atOnce(6, func(client int) error {
		for round := range 4 {
			s.oneOnShelf(r, client, client*10+round, skus[rand.IntN(len(skus))].Skus[0])
		}
		return nil
	})
	r.check(porcupine.NondeterministicModel{
		Init: func() []any { return []any{shelfState{onHand: 6}} },
		Step: step(onShelf),
	})
	s.verify()
}

// oneOnShelf is an order of a SKU from reserve to its end, with reads and counts of a merchant between.
func (s *shop) oneOnShelf(r *recorder, client, who int, sku string) {
	user := fmt.Sprintf("user-%d", who)
	quantity := 1 + rand.IntN(3)
	s.fill(user, 1, &cartv1.Line{Sku: sku, Quantity: int32(quantity)})
	req := silent(&orderv1.CheckoutRequest{
		RequestId: fmt.Sprintf("%032d", who), What: &orderv1.CheckoutRequest_Cart{Cart: &orderv1.BuyCart{CartVersion: 1}},
		AddressId: "adr_" + strings.Repeat("b", 26), ExpectedTotal: yen(int64(total(1200, quantity))),
	})
	patience := time.Duration(0)
	if rand.IntN(4) == 0 {
		patience = time.Duration(1+rand.IntN(30)) * time.Millisecond
	}
	var orderID string
	r.do(client, call{key: sku, verb: "reserve", who: who, n: quantity}, patience, func(ctx context.Context) (seen, error) {
		res, err := s.as(user).Checkout(ctx, req)
		orderID = res.GetOrder().GetOrderId()
		return seen{}, err
	})
	s.readShelf(r, client, sku)
	if orderID == "" {
		return
	}
	if rand.IntN(3) > 0 {
		r.do(client, call{key: sku, verb: "consume", who: who}, 0, func(context.Context) (seen, error) {
			s.authorised(orderID)
			return seen{}, nil
		})
	}
	if client == 0 {
		sequence, count := who+1, rand.IntN(10)
		r.do(client, call{key: sku, verb: "set", n: count, sequence: sequence}, 0, func(ctx context.Context) (seen, error) {
			_, err := s.admin(testenv.User{ID: "staff", MerchantID: "m_1"}).SetStock(ctx, &orderv1.SetStockRequest{
				Sku: sku, OnHand: int64(count), Sequence: firstSequence + int64(sequence), Reason: "count",
			})
			return seen{}, err
		})
	}
	if rand.IntN(2) > 0 {
		r.do(client, call{key: sku, verb: "release", who: who}, 0, func(context.Context) (seen, error) {
			_, err := s.cancel(user, orderID)
			return seen{}, err
		})
	}
	s.readShelf(r, client, sku)
}

func (s *shop) readShelf(r *recorder, client int, sku string) {
	r.do(client, call{key: sku, verb: "read"}, 0, func(context.Context) (seen, error) {
		onHand, reserved := s.counts(sku)
		return seen{a: int(onHand), b: int(reserved)}, nil
	})
}

// circle is a group of 3 to 5: its state and each member's seat, H held, C confirmed, L given up, - none. Once it is settled
// the counts are frozen.
type circle struct {
	state           string
	seats           string
	held, confirmed int
}

func (c circle) with(who int, seat byte) circle {
	for len(c.seats) <= who {
		c.seats += "-"
	}
	seats := []byte(c.seats)
	seats[who] = seat
	c.seats = string(seats)
	if c.state != "SETTLED" {
		c.held, c.confirmed = strings.Count(c.seats, "H"), 1+strings.Count(c.seats, "C")
	}
	return c
}

func inCircle(g circle, c call) (circle, seen) {
	seat := byte('-')
	if c.who < len(g.seats) {
		seat = g.seats[c.who]
	}
	switch c.verb {
	case "join":
		if g.held+g.confirmed >= 5 {
			return g, seen{refused: fault.GroupFull}
		}
		return g.with(c.who, 'H'), seen{}
	case "confirm":
		if seat != 'H' {
			return g, seen{}
		}
		g = g.with(c.who, 'C')
		if g.state == "OPEN" && g.confirmed >= 3 {
			g.state = "FORMED"
		}
		if g.confirmed == 5 {
			g.state = "SETTLED"
		}
	case "leave":
		if seat == 'H' || seat == 'C' && g.state != "SETTLED" {
			return g.with(c.who, 'L'), seen{}
		}
	case "read":
		return g, seen{state: g.state, a: g.held, b: g.confirmed}
	}
	return g, seen{}
}

func TestGroupsAreLinearizable(t *testing.T) {
	t.Parallel()
	s := open(t)
	r := &recorder{t: t, began: time.Now()}
	c := s.campaign(3, 5, 100)
	var groups []*orderv1.CheckoutResponse
	for i := range 3 {
		groups = append(groups, s.buy(fmt.Sprintf("leader-%d", i), start(c)))
	}
	atOnce(6, func(client int) error {
		for round := range 4 {
			i := rand.IntN(len(groups))
			s.oneInGroup(r, client, client*10+round, fmt.Sprintf("leader-%d", i), c, groups[i])
		}
		return nil
	})
	r.check(porcupine.NondeterministicModel{
		Init: func() []any { return []any{circle{state: "OPEN", confirmed: 1}} },
		Step: step(inCircle),
	})
	s.verify()
}

// oneInGroup is a member of a group from joining to the end, with the leader looking on.
func (s *shop) oneInGroup(r *recorder, client, who int, leader string, c *catalogv1.Campaign, of *orderv1.CheckoutResponse) {
	user, key := fmt.Sprintf("user-%d", who), of.GetGroup().GetGroupId()
	patience := time.Duration(0)
	if rand.IntN(4) == 0 {
		patience = time.Duration(1+rand.IntN(30)) * time.Millisecond
	}
	look := func() {
		r.do(client, call{key: key, verb: "read"}, 0, func(context.Context) (seen, error) {
			res, err := s.as(leader).GetGroup(s.t.Context(), &orderv1.GetGroupRequest{GroupId: key})
			g := res.GetGroup()
			return seen{state: strings.TrimPrefix(g.GetState().String(), "GROUP_STATE_"), a: int(g.GetHeld()), b: int(g.GetConfirmed())}, err
		})
	}
	var orderID string
	r.do(client, call{key: key, verb: "join", who: who}, patience, func(ctx context.Context) (seen, error) {
		res, err := s.as(user).Checkout(ctx, silent(join(c, of.GetInvite())))
		orderID = res.GetOrder().GetOrderId()
		return seen{}, err
	})
	look()
	if orderID == "" {
		return
	}
	if rand.IntN(3) > 0 {
		r.do(client, call{key: key, verb: "confirm", who: who}, 0, func(context.Context) (seen, error) {
			s.payment("payment.authorised", orderID)
			return seen{}, nil
		})
		look()
	}
	if rand.IntN(2) > 0 {
		r.do(client, call{key: key, verb: "leave", who: who}, 0, func(context.Context) (seen, error) {
			_, err := s.cancel(user, orderID)
			return seen{}, err
		})
	}
	look()
}
