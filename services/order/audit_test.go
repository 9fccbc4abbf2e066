package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"

	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/services/order/internal/audit"
	"github.com/issho-shop/issho/services/order/internal/group"
	"github.com/issho-shop/issho/services/order/internal/order"
)

// replay rebuilds every order and every group from the audit trail alone and holds them to the rows, the addresses of
// orders excepted.
func (s *shop) replay() {
	s.t.Helper()
	steps := everyRow[audit.Row](s, "Audit")
	trails := map[string][]audit.Row{}
	for _, step := range steps { // in the order of their key: by entity and version
		trails[step.Entity] = append(trails[step.Entity], step)
	}
	for _, o := range everyRow[order.Order](s, "Orders") {
		rebuilt(s, "order/"+o.OrderID, trails, o.Version, string(o.State), o.WithoutAddress())
	}
	for _, g := range everyRow[group.Group](s, "BuyerGroups") {
		rebuilt(s, "group/"+g.GroupID, trails, g.Version, string(g.State), g)
	}
}

func everyRow[T any](s *shop, table string) []T {
	s.t.Helper()
	rows, err := spandb.Rows[T](s.t.Context(), s.db.Single(), table, spanner.AllKeys())
	if err != nil {
		s.t.Fatal(err)
	}
	return rows
}

func rebuilt[T any](s *shop, entity string, trails map[string][]audit.Row, version int64, state string, row T) {
	s.t.Helper()
	trail := trails[entity]
	if int64(len(trail)) != version || version == 0 {
		s.t.Errorf("%s has %d steps of %d", entity, len(trail), version)
		return
	}
	from := ""
	for i, step := range trail {
		if step.Version != int64(i+1) || step.FromState != from {
			s.t.Errorf("%s: step %d is version %d from %s after %s", entity, i+1, step.Version, step.FromState, from)
		}
		from = step.ToState
	}
	var got T
	body, err := json.Marshal(trail[len(trail)-1].After.V)
	if err == nil {
		err = json.Unmarshal(body, &got)
	}
	if err != nil || from != state {
		s.t.Errorf("%s ends in %s, not %s; %v", entity, from, state, err)
	}
	if diff := cmp.Diff(row, got, cmpopts.IgnoreUnexported(order.Order{}, group.Group{}), cmpopts.EquateEmpty()); diff != "" {
		s.t.Errorf("%s (-row +rebuilt):\n%s", entity, diff)
	}
}

// TestTheAuditRebuildsWhateverHappened plays random steps of several customers; verify replays the audit after each story.
func TestTheAuditRebuildsWhateverHappened(t *testing.T) {
	t.Parallel()
	verbs := rapid.SliceOfN(rapid.SampledFrom([]string{"start", "join", "silent", "declined", "cancel", "capture", "authorise", "stop", "short", "wait", "day"}), 25, 25)
	s := open(t)
	for seed := range 3 {
		c := s.campaign(2, 3, 100)
		var last *orderv1.CheckoutResponse
		for i, verb := range verbs.Example(seed) {
			if res := s.step(c, verb, string(rune('a'+seed))+string(rune('a'+i)), last); res != nil {
				last = res
			}
		}
		s.verify()
	}
}

// step plays one step, which may be refused; it answers what was bought, if anything.
func (s *shop) step(c *catalogv1.Campaign, verb, user string, last *orderv1.CheckoutResponse) *orderv1.CheckoutResponse {
	ctx, orderID := s.t.Context(), last.GetOrder().GetOrderId()
	req := start(c)
	if verb == "join" || last.GetInvite() != nil && (verb == "silent" || verb == "declined") {
		req = join(c, last.GetInvite())
	}
	switch verb {
	case "silent", "declined":
		req.Payment = saved("pm_card_" + verb)
		fallthrough
	case "start", "join":
		if res, err := s.as(user).Checkout(ctx, req); err == nil {
			return res
		}
	case "wait":
		s.w.Advance(5 * time.Minute)
	case "day":
		s.w.Advance(24 * time.Hour)
	}
	if orderID == "" {
		return nil
	}
	switch verb {
	case "cancel":
		_, _ = s.admin(operator).CancelOrder(ctx, &orderv1.OrderAdminServiceCancelOrderRequest{OrderId: orderID, CancelReason: byOperator, Reason: "a step"})
	case "short":
		_, _ = s.cancelAs(merchant, orderID, outOfStock)
	case "stop":
		_, _ = s.stop(last.GetGroup().GetGroupId())
	case "capture":
		s.payment("payment.captured", orderID)
	case "authorise":
		s.payment("payment.authorised", orderID)
	}
	if _, err := s.by("scheduler").Sweep(ctx, &orderv1.SweepRequest{}); err != nil {
		s.t.Error(err)
	}
	return nil
}

func TestAddressesStandInOrdersAlone(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.w.Break("order", true) // what is to be sent stays in the outbox
	s.w.Break("group", true)
	c := s.campaign(2, 2, 10)
	s.buy("taro", join(c, s.buy("hanako", start(c)).GetInvite()))
	for table, sql := range map[string]string{
		"Audit":  `SELECT TO_JSON_STRING(After) AS Body FROM Audit`,
		"Outbox": `SELECT CONCAT(CAST(Payload AS STRING), TO_JSON_STRING(Headers)) AS Body FROM Outbox`,
	} {
		rows, err := spandb.All[struct{ Body string }](t.Context(), s.db.Single(), "addresses", spanner.Statement{SQL: sql})
		if err != nil || len(rows) == 0 {
			t.Errorf("%s has %d rows, %v", table, len(rows), err)
		}
		for _, row := range rows {
			for _, personal := range []string{"山田花子", "150-0001", "神宮前", "03-1234-5678"} {
				if strings.Contains(row.Body, personal) {
					t.Errorf("%s holds %s", table, personal)
				}
			}
		}
	}
}
