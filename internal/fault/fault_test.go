package fault

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
)

// contract is the closed list: the reasons that each code may have.
var contract = map[connect.Code]string{
	connect.CodeUnauthenticated:  "TOKEN_EXPIRED TOKEN_INVALID TOKEN_MISSING",
	connect.CodePermissionDenied: "CALLER_NOT_ALLOWED",
	connect.CodeNotFound:         "NOT_FOUND",
	connect.CodeInvalidArgument:  "CARD_NUMBER_REFUSED FIELD_INVALID INVITE_INVALID PAGE_TOKEN_INVALID REQUEST_ID_MISSING REQUEST_ID_REUSED",
	connect.CodeFailedPrecondition: "ALREADY_JOINED CAMPAIGN_NOT_LIVE CART_CHANGED COUPON_NOT_USABLE GROUP_FULL GROUP_OVER LIMIT_REACHED " +
		"ORDER_STATE PAYMENT_DECLINED POINTS_NOT_ENOUGH PRICE_CHANGED SOLD_OUT STOCK_RESERVED",
	connect.CodeAborted:           "CONFLICT REQUEST_IN_FLIGHT",
	connect.CodeResourceExhausted: "RATE_LIMITED TOO_LARGE",
	connect.CodeUnavailable:       "DEPENDENCY_UNAVAILABLE OVERLOADED PROVIDER_UNAVAILABLE STORE_UNAVAILABLE",
	connect.CodeInternal:          "INTERNAL",
}

func TestReasonsAreTheContract(t *testing.T) {
	t.Parallel()
	byCode := map[connect.Code][]string{}
	for reason, k := range kinds {
		byCode[k.code] = append(byCode[k.code], string(reason))
	}
	got := map[connect.Code]string{}
	for code, reasons := range byCode {
		slices.Sort(reasons)
		got[code] = strings.Join(reasons, " ")
	}
	if diff := cmp.Diff(contract, got); diff != "" {
		t.Errorf("codes and reasons (-want +got):\n%s", diff)
	}
}

func TestSentencesStandAlone(t *testing.T) {
	t.Parallel()
	for reason, k := range kinds {
		for _, language := range []string{"ja", "en"} {
			_, sentence := New(reason).text(language)
			if sentence == "" || strings.ContainsAny(sentence, "{}[]") || !strings.HasSuffix(strings.TrimSpace(sentence), end(language)) {
				t.Errorf("%s in %s: %q", reason, language, sentence)
			}
		}
		if waits := k.code == connect.CodeAborted || k.code == connect.CodeUnavailable; waits && k.retry == 0 {
			t.Errorf("%s does not say when to try again", reason)
		}
	}
}

func end(language string) string {
	if language == "en" {
		return "."
	}
	return "。"
}

func TestText(t *testing.T) {
	t.Parallel()
	changed := New(PriceChanged, "total", "3980")
	cases := map[string]struct {
		accept, locale, sentence string
		refusal                  *Error
	}{
		"metadata":              {"en", "en", "The price has changed. The new total is 3980 yen. Check it and order again.", changed},
		"without metadata":      {"en-GB,en;q=0.9", "en", "The price has changed. Check it and order again.", New(PriceChanged)},
		"Japanese":              {"ja-JP", "ja", "価格が変わりました。新しい合計は 3980 円です。内容を確認して、もう一度ご注文ください。", changed},
		"no preference":         {"", "ja", "売り切れました。ほかの商品またはグループをお選びください。", New(SoldOut)},
		"a language near to en": {"fr", "en", "Sold out. Choose another product or group.", New(SoldOut)},
		"English before ja":     {"en, ja;q=0.5", "en", "Sold out. Choose another product or group.", New(SoldOut)},
		"nonsense":              {";;;q=", "ja", "売り切れました。ほかの商品またはグループをお選びください。", New(SoldOut)},
		"value with a bracket":  {"en", "en", "That cannot be done in its present state (a[b]). Load the order again.", New(OrderState, "state", "a[b]")},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			locale, sentence := c.refusal.text(c.accept)
			if locale != c.locale || sentence != c.sentence {
				t.Errorf("got %s %q, want %s %q", locale, sentence, c.locale, c.sentence)
			}
		})
	}
}

func TestErrorIsForLogs(t *testing.T) {
	t.Parallel()
	cause := errors.New("row missing")
	err := Field("lines[0].quantity", "at most 10").Because(cause)
	if want := "FIELD_INVALID lines[0].quantity: at most 10: row missing"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause is out of reach")
	}
}

func TestRefuseAgainFromARow(t *testing.T) {
	t.Parallel()
	first := New(CartChanged, "order_id", "o_1", "b", "2")
	again := New(first.Reason(), Pairs(first.Metadata())...)
	if diff := cmp.Diff(first.Error(), again.Error()); diff != "" {
		t.Error(diff)
	}
	kept := first.Metadata()
	maps.DeleteFunc(kept, func(string, string) bool { return true })
	if Meta(first, "order_id") != "o_1" {
		t.Error("Metadata is no copy")
	}
}

func TestMalformedRefusalIsInternal(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]*Error{"reason": New("NO_SUCH"), "pairs": New(SoldOut, "sku")} {
		if e.Reason() != Internal {
			t.Errorf("%s: got %s", name, e.Reason())
		}
	}
}
