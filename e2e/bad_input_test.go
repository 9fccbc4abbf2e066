package e2e

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"

	"github.com/issho-shop/issho/e2e/shop"
	"github.com/issho-shop/issho/internal/fault"
)

const (
	getCart   = "/issho.cart.v1.CartService/GetCart"
	checkout  = "/issho.order.v1.OrderService/Checkout"
	getInvite = "/issho.order.v1.OrderService/GetInvite"
)

// What is unknown, malformed or too large is refused with a code, a registered reason and a sentence: as it comes over HTTP.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	hanako := must(open.Person(t.Context(), shop.JSON, shop.Account{ID: shop.Unique("hanako")}))(t)
	for name, tc := range map[string]struct {
		path, token, kind, body string
		status                  int
		code, reason            string
	}{
		"an unknown service":    {"/issho.order.v1.NoService/Checkout", hanako.Token, "application/json", "{}", 404, "not_found", "NOT_FOUND"},
		"an unknown method":     {"/issho.order.v1.OrderService/Nothing", hanako.Token, "application/json", "{}", 404, "not_found", "NOT_FOUND"},
		"another path":          {"/admin/../etc/passwd", hanako.Token, "application/json", "{}", 404, "not_found", "NOT_FOUND"},
		"no JSON":               {checkout, hanako.Token, "application/json", `{"request_id":`, 400, "invalid_argument", "FIELD_INVALID"},
		"the wrong type":        {checkout, hanako.Token, "application/json", `{"points":"many"}`, 400, "invalid_argument", "FIELD_INVALID"},
		"no protocol buffer":    {checkout, hanako.Token, "application/proto", "\xff\xff\xff", 400, "invalid_argument", "FIELD_INVALID"},
		"another content type":  {checkout, hanako.Token, "text/html", "<p>", 400, "invalid_argument", "FIELD_INVALID"},
		"nothing in it":         {checkout, hanako.Token, "application/json", "{}", 400, "invalid_argument", "REQUEST_ID_MISSING"},
		"too large":             {getInvite, "", "application/json", `{"token":"` + strings.Repeat("a", 300<<10) + `"}`, 413, "resource_exhausted", "TOO_LARGE"},
		"without a token":       {getCart, "", "application/json", "{}", 401, "unauthenticated", "TOKEN_MISSING"},
		"a token of nobody's":   {getCart, "rubbish", "application/json", "{}", 401, "unauthenticated", "TOKEN_INVALID"},
		"a token that is over":  {getCart, must(open.Token(t.Context(), url.Values{"user": {"hanako"}, "ttl": {"-1h"}}))(t), "application/json", "{}", 401, "unauthenticated", "TOKEN_EXPIRED"},
		"an altered token":      {getCart, altered(hanako.Token), "application/json", "{}", 401, "unauthenticated", "TOKEN_INVALID"},
		"an invite of nobody's": {getInvite, "", "application/json", `{"token":"abc"}`, 400, "invalid_argument", "INVITE_INVALID"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := post(t, tc.path, tc.token, tc.kind, tc.body)
			if got.status != tc.status || got.Code != tc.code || got.reason() != tc.reason {
				t.Errorf("answered %d, %s, %s; want %d, %s, %s", got.status, got.Code, got.reason(), tc.status, tc.code, tc.reason)
			}
			if len(got.sentence()) < 10 {
				t.Errorf("no sentence for the customer in %s", got.text)
			}
		})
	}
}

// Each program that takes texts refuses a card number in them; cart takes none.
func TestCardNumbersAreRefused(t *testing.T) {
	t.Parallel()
	operator := must(open.Person(t.Context(), shop.JSON, shop.Account{ID: shop.Unique("operator"), Operator: true}))(t)
	for method, body := range map[string]string{
		"catalog.v1.CatalogAdminService/PutMerchant":     `{"merchant":{"merchant_id":"m_1","title":{"ja":"%s"}},"reason":"test"}`,
		"order.v1.OrderAdminService/SetStock":            `{"sku":"sku_aaaaaaaaaaaaaaaaaaaaaaaaaa","sequence":1,"reason":"%s"}`,
		"payment.v1.PaymentAdminService/GetTrialBalance": `{"reason":"%s"}`,
		"reward.v1.RewardAdminService/PutProgramme":      `{"programme":{"campaign_id":"cmp_aaaaaaaaaaaaaaaaaaaaaaaaaa"},"reason":"%s"}`,
		"search.v1.SearchService/Search":                 `{"query":"%s"}`,
		"user.v1.UserService/UpdateProfile":              `{"profile":{"display_name":"%s"}}`,
	} {
		got := post(t, "/issho."+method, operator.Token, "application/json", strings.ReplaceAll(body, "%s", "4111 1111 1111 1111"))
		if got.status != 400 || got.reason() != "CARD_NUMBER_REFUSED" {
			t.Errorf("%s answered %d, %s; want 400, CARD_NUMBER_REFUSED", method, got.status, got.text)
		}
	}
}

// refusal is one as an app reads it that has nothing of ours but the contracts.
type refusal struct {
	status  int
	text    string
	Code    string `json:"code"`
	Details []struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	} `json:"details"`
}

// detail reads the one of into's type; what is missing or broken shows in what it is compared with.
func (r refusal) detail(into proto.Message) {
	for _, d := range r.Details {
		if d.Type != string(into.ProtoReflect().Descriptor().FullName()) {
			continue
		}
		if body, err := base64.RawStdEncoding.DecodeString(d.Value); err == nil {
			_ = proto.Unmarshal(body, into)
		}
	}
}

func (r refusal) reason() string {
	var info errdetails.ErrorInfo
	r.detail(&info)
	return info.GetReason()
}

func (r refusal) sentence() string {
	var said errdetails.LocalizedMessage
	r.detail(&said)
	return said.GetMessage()
}

func post(t *testing.T, path, token, kind, body string) (r refusal) {
	t.Helper()
	req := must(http.NewRequestWithContext(t.Context(), http.MethodPost, open.Gateway+path, strings.NewReader(body)))(t)
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Accept-Language", "en")
	res := must(open.HTTP(shop.JSON, token).Do(req))(t)
	defer res.Body.Close()
	text := must(io.ReadAll(res.Body))(t)
	r.status, r.text = res.StatusCode, string(text)
	ok(t, json.Unmarshal(text, &r))
	return r
}

// altered changes one letter of the token's signature.
func altered(token string) string {
	at := len(token) - 20
	letter := "A"
	if token[at:at+1] == letter {
		letter = "B"
	}
	return token[:at] + letter + token[at+1:]
}

// A declined card: PAYMENT_DECLINED names the order, which is cancelled; seat and stock are back, and a repeat says the same.
func TestDeclined(t *testing.T) {
	t.Parallel()
	goods := must(open.Sell(t.Context(), sale()))(t)
	hanako := must(open.Buyer(t.Context(), shop.JSON, "hanako", "pm_card_chargeCustomerFail"))(t)
	req := hanako.Start(goods, 1)
	var id string
	for range 2 {
		_, err := hanako.Order.Checkout(t.Context(), req)
		refused(t, err, connect.CodeFailedPrecondition, fault.PaymentDeclined)
		id = fault.Meta(err, "order_id")
	}
	if row := order(t, id, "CANCELLED"); row.CancelReason != "PAYMENT_FAILED" {
		t.Errorf("cancelled for %s", row.CancelReason)
	}
	stock(t, goods, 10, 0)
	released(t, id)
}

// A webhook without the provider's signature is not believed.
func TestForgedWebhook(t *testing.T) {
	t.Parallel()
	body := `{"id":"evt_` + uuid.NewString() + `","type":"payment_intent.succeeded","data":{"object":{"id":"pi_x","object":"payment_intent"}}}`
	if got := post(t, "/webhooks/stripe", "", "application/json", body); got.Code != "unauthenticated" || got.reason() != "TOKEN_INVALID" {
		t.Errorf("a forged webhook is answered %d %s", got.status, got.text)
	}
}
