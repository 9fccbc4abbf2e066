package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/uuid"
	"go.yaml.in/yaml/v3"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/issho-shop/issho/e2e/shop"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
)

// Names, addresses, telephone numbers, e-mail addresses, card numbers and tokens go in wherever they may, and wherever they
// must not; none comes out in a log, a trace, a metric or an event.
func TestNothingPersonalLeavesTheShop(t *testing.T) {
	t.Parallel()
	heard := listens(t)
	c := plants(t)
	eventually(t, func(ctx context.Context) error {
		if !strings.Contains(heard(ctx), c.order) {
			return fmt.Errorf("no event tells of %s yet", c.order)
		}
		if !strings.Contains(logged(t), c.last) {
			return fmt.Errorf("no log tells of the last request yet")
		}
		spans, err := open.Spans(ctx, c.trace)
		if err == nil && len(spans) < 8 {
			err = fmt.Errorf("only %d spans of the checkout have come", len(spans))
		}
		return err
	})
	for where, text := range map[string]string{
		"logs": logged(t), "spans": asText(t, must(open.AllSpans(t.Context()))(t)),
		"metrics": asText(t, must(open.Metrics(t.Context()))(t)), "events": heard(t.Context()),
	} {
		for what, secret := range c.planted {
			if at := strings.Index(text, secret); at >= 0 {
				t.Errorf("%s hold the %s: …%s…", where, what, text[max(0, at-300):min(len(text), at+len(secret)+100)])
			}
		}
		if !strings.Contains(text, map[string]string{"logs": c.trace, "spans": "Checkout", "metrics": "order.transitions", "events": c.order}[where]) {
			t.Errorf("%s do not tell of the purchase at all: nothing was looked at", where)
		}
	}
}

// canary is what was planted, by what it is, and the order that was bought with it.
type canary struct {
	person  *shop.Person
	order   string
	trace   string // of the checkout: logs join it
	last    string // trace of the last request, which Envoy logs
	planted map[string]string
}

// plants has somebody live through the shop with data that would be known again.
func plants(t *testing.T) canary {
	t.Helper()
	ctx, mark := t.Context(), shop.Unique("kanaria")
	c := canary{planted: map[string]string{
		"name": "金糸雀 " + mark, "street": "鳥籠町7-" + mark, "telephone number": "080-7654-3210", "e-mail address": mark + "@example.jp", "mark of the e-mail address": mark,
		"display name": "ぴよ" + mark, "card number": "4000056655665556", "wrong token": "eyJhbGciOiJub25lIn0." + mark + ".x",
	}}
	c.person = must(open.Buyer(ctx, shop.JSON, "canary", "pm_card_visa"))(t)
	c.planted["token"] = c.person.Token
	guest := must(open.Person(ctx, shop.JSON, shop.Account{ID: shop.Unique("canary-guest"), Guest: true}))(t)
	c.planted["guest's token"] = guest.Token

	address := must(c.person.User.CreateAddress(ctx, &userv1.CreateAddressRequest{RequestId: uuid.NewString(), Address: &userv1.Address{
		Address: &typev1.PostalAddress{
			Name: c.planted["name"], PostalCode: "150-0001", Prefecture: "東京都", City: "渋谷区", Line1: c.planted["street"], Phone: c.planted["telephone number"],
		}}}))(t)
	c.person.Address = address.GetAddress().GetAddressId()
	profile := must(c.person.User.GetProfile(ctx, &userv1.GetProfileRequest{}))(t).GetProfile()
	profile.DisplayName = c.planted["display name"]
	must(c.person.User.UpdateProfile(ctx, &userv1.UpdateProfileRequest{Profile: profile}))(t)

	goods := must(open.Sell(ctx, sale()))(t)
	must(guest.Cart.SetLine(ctx, &cartv1.SetLineRequest{Sku: goods.SKU, Quantity: 1}))(t)
	must(c.person.Cart.MergeGuestCart(ctx, &cartv1.MergeGuestCartRequest{GuestToken: guest.Token}))(t)
	traced, trace := shop.Traced(ctx)
	bought := must(c.person.Order.Checkout(traced, c.person.Start(goods, 1)))(t)
	c.trace = trace
	c.order, c.planted["invite"] = bought.GetOrder().GetOrderId(), bought.GetInvite().GetToken()
	c.last = misuses(t, c)
	return c
}

// misuses puts what was planted where it does not belong: each is refused, and none is repeated.
func misuses(t *testing.T, c canary) (last string) {
	t.Helper()
	mail, card := c.planted["e-mail address"], c.planted["card number"]
	tell := func(v any) string { return asText(t, v) }
	post(t, "/issho.user.v1.UserService/"+url.PathEscape(mail), c.person.Token, "application/json", "{}")
	post(t, checkout, c.planted["wrong token"], "application/json", "{}")
	post(t, checkout, c.person.Token, "application/json", tell(map[string]any{"request_id": mail, "points": mail}))
	post(t, checkout, c.person.Token, "application/json", tell(map[string]any{"request_id": uuid.NewString(), "address_id": mail, mail: 1}))
	post(t, checkout, c.person.Token, "application/json", tell(map[string]any{"request_id": uuid.NewString(), "payment": map[string]any{"saved_method_id": card}}))
	post(t, "/webhooks/stripe", "", "application/json", tell(map[string]any{"id": card, "receipt_email": mail}))
	post(t, "/issho.order.v1.OrderService/GetOrder", c.person.Token, "application/json", tell(map[string]any{"order_id": mail}))
	_, _ = c.person.Order.GetInvite(t.Context(), &orderv1.GetInviteRequest{Token: c.planted["invite"]})
	get := open.Gateway + getInvite + "?" + url.Values{"connect": {"v1"}, "encoding": {"json"}, "message": {tell(map[string]string{"token": c.planted["invite"]})}, "from": {mail}}.Encode()
	req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, get, nil))(t)
	last = strings.ReplaceAll(uuid.NewString(), "-", "")
	req.Header.Set("Traceparent", "00-"+last+"-00f067aa0ba902b7-01")
	req.Header.Set("Referer", "https://mail.example.jp/?to="+mail)
	req.Header.Set("User-Agent", mail)
	res := must(open.HTTP(shop.JSON, c.person.Token).Do(req))(t)
	ok(t, res.Body.Close())
	return last
}

// logged is everything that our programs, and Envoy, have written so far.
func logged(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, name := range []string{"catalog", "cart", "order", "payment", "reward", "user", "gateway"} {
		files := must(filepath.Glob(".dev/logs/" + name + ".log"))(t)
		for _, file := range files {
			all.Write(must(os.ReadFile(file))(t))
		}
		if len(files) == 0 {
			t.Fatalf("%s keeps no log", name)
		}
	}
	return all.String()
}

func asText(t *testing.T, v any) string {
	t.Helper()
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	ok(t, e.Encode(v))
	return text.String()
}

// listens subscribes to every topic, and answers what has come so far: bodies and attributes.
func listens(t *testing.T) (heard func(context.Context) string) {
	t.Helper()
	var declared struct{ Topics []string }
	ok(t, yaml.Unmarshal(must(os.ReadFile("terraform/declared.yaml"))(t), &declared))
	ctx := context.WithoutCancel(t.Context())
	conn := must(grpc.NewClient(os.Getenv("PUBSUB_EMULATOR_HOST"), grpc.WithTransportCredentials(insecure.NewCredentials())))(t)
	client := must(pubsub.NewSubscriptionAdminClient(ctx, option.WithGRPCConn(conn)))(t)
	var names []string
	for _, topic := range declared.Topics {
		s := must(client.CreateSubscription(ctx, &pubsubpb.Subscription{
			Name:  fmt.Sprintf("projects/%s/subscriptions/%s", open.Project, shop.Unique("canary-"+topic)),
			Topic: fmt.Sprintf("projects/%s/topics/%s", open.Project, topic),
		}))(t)
		names = append(names, s.GetName())
	}
	t.Cleanup(func() {
		for _, name := range names {
			_ = client.DeleteSubscription(ctx, &pubsubpb.DeleteSubscriptionRequest{Subscription: name})
		}
		_ = client.Close()
	})
	var all strings.Builder
	return func(ctx context.Context) string {
		for _, name := range names {
			//lint:ignore SA1019 the emulator answers it at once, and waits otherwise
			res, err := client.Pull(ctx, &pubsubpb.PullRequest{Subscription: name, MaxMessages: 1000, ReturnImmediately: true})
			if err != nil {
				continue // the next look asks again
			}
			for _, m := range res.GetReceivedMessages() {
				fmt.Fprintf(&all, "%s %v\n", m.GetMessage().GetData(), m.GetMessage().GetAttributes())
			}
		}
		return all.String()
	}
}
