package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

func protocols() map[string][]connect.ClientOption {
	return map[string][]connect.ClientOption{
		"connect": nil, "connect json": {connect.WithProtoJSON()}, "grpc": {connect.WithGRPC()}, "grpc-web": {connect.WithGRPCWeb()},
		"connect gzip": {connect.WithSendGzip()}, "connect get": {connect.WithHTTPGet()},
	}
}

func TestProtocols(t *testing.T) {
	t.Parallel()
	p := withOrders(t, orders{checkout: func(context.Context) error { return fault.New(fault.SoldOut) }})
	for name, options := range protocols() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := p.client(options...)
			res, err := client.GetInvite(t.Context(), &orderv1.GetInviteRequest{Token: "g_1"})
			if err != nil || res.GetGroup().GetGroupId() != "g_1" {
				t.Errorf("got %v, %v", res, err)
			}
			_, err = client.GetInvite(t.Context(), &orderv1.GetInviteRequest{})
			if got := fields(err); got != "token" || connect.CodeOf(err) != connect.CodeInvalidArgument {
				t.Errorf("an empty token: %v, field %q", err, got)
			}
			_, err = client.Checkout(t.Context(), &orderv1.CheckoutRequest{})
			if fault.ReasonOf(err) != fault.TokenMissing || connect.CodeOf(err) != connect.CodeUnauthenticated {
				t.Errorf("without a token: %v", err)
			}
			_, err = client.GetInvite(t.Context(), &orderv1.GetInviteRequest{Token: strings.Repeat("x", messageMax+1)})
			if fault.ReasonOf(err) != fault.TooLarge && name != "connect get" {
				t.Errorf("a long message: %v", err)
			}
		})
	}
}

// fields are the fields that a refusal names.
func fields(err error) string {
	var refused *fault.Error
	if !errors.As(fault.FromRPC(err, "order"), &refused) {
		return ""
	}
	_, after, _ := strings.Cut(refused.Error(), "FIELD_INVALID ")
	name, _, _ := strings.Cut(after, ":")
	return name
}

// answer is what a client reads of a refusal in JSON.
type answer struct {
	Status int
	Code   string
	Reason string
	Text   string
}

// post sends a body as it is and reads the refusal.
func (p *process) post(t *testing.T, method, path string, header map[string]string, body io.Reader) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.URL()+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var got struct {
		Code    string
		Details []struct {
			Type  string
			Debug struct{ Reason, Message string }
		}
	}
	text, err := io.ReadAll(res.Body)
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &got)
	}
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	a := answer{Status: res.StatusCode, Code: got.Code}
	for _, d := range got.Details {
		a.Reason += d.Debug.Reason
		a.Text += d.Debug.Message
	}
	return a
}

func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	p := withOrders(t, orders{})
	asJSON := map[string]string{"Content-Type": "application/json", "Accept-Language": "en"}
	with := func(name, value string) map[string]string {
		return map[string]string{"Content-Type": "application/json", "Accept-Language": "en", name: value}
	}
	invalid := answer{400, "invalid_argument", "FIELD_INVALID", "Some of the input is not valid. Correct the fields shown and try again."}
	large := answer{429, "resource_exhausted", "TOO_LARGE", "The request is too large. Send less at a time."}
	missing := answer{404, "not_found", "NOT_FOUND", "Not found. Go back to the list and choose again."}
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	io.WriteString(z, `{"token":"`+strings.Repeat("x", 2<<20)+`"}`)
	z.Close()
	long := `{"token":"` + strings.Repeat("x", 300<<10) + `"}`
	cases := map[string]struct {
		method, path string
		header       map[string]string
		body         io.Reader
		want         answer
	}{
		"no JSON":           {"POST", inviteMethod, asJSON, strings.NewReader(`{"token":`), invalid},
		"empty":             {"POST", inviteMethod, asJSON, http.NoBody, invalid},
		"wrong type":        {"POST", inviteMethod, asJSON, strings.NewReader(`{"token": 7}`), invalid},
		"no protobuf":       {"POST", inviteMethod, with("Content-Type", "application/proto"), strings.NewReader("\xff\xff"), invalid},
		"deep JSON":         {"POST", inviteMethod, asJSON, strings.NewReader(strings.Repeat(`{"group":`, 20000)), invalid},
		"announced length":  {"POST", inviteMethod, asJSON, strings.NewReader(long), large},
		"chunked":           {"POST", inviteMethod, asJSON, io.MultiReader(strings.NewReader(long)), large},
		"unfolding":         {"POST", inviteMethod, with("Content-Encoding", "gzip"), &bomb, large},
		"a form":            {"POST", inviteMethod, with("Content-Type", "text/plain"), strings.NewReader("{}"), invalid},
		"XML":               {"POST", inviteMethod, with("Content-Type", "application/xml"), strings.NewReader("<a/>"), invalid},
		"GET that changes":  {"GET", checkoutMethod + "?connect=v1&encoding=json&message=%7B%7D", with("Content-Type", ""), nil, invalid},
		"other verb":        {"PUT", inviteMethod, asJSON, strings.NewReader("{}"), invalid},
		"time in words":     {"POST", inviteMethod, with("Connect-Timeout-Ms", "soon"), strings.NewReader(`{"token":"x"}`), invalid},
		"negative time":     {"POST", inviteMethod, with("Connect-Timeout-Ms", "-1"), strings.NewReader(`{"token":"x"}`), invalid},
		"unknown method":    {"POST", "/issho.order.v1.OrderService/Steal", asJSON, strings.NewReader("{}"), missing},
		"unknown service":   {"POST", "/issho.order.v1.OrderInternalService/Sweep", asJSON, strings.NewReader("{}"), missing},
		"deeper path":       {"POST", "/issho.order.v1.OrderService/x/GetInvite", asJSON, strings.NewReader("{}"), missing},
		"nothing":           {"POST", "/", asJSON, strings.NewReader("{}"), missing},
		"token in the URL":  {"POST", checkoutMethod + "?access_token=" + newIdentity().user("u_1"), asJSON, strings.NewReader("{}"), answer{401, "unauthenticated", "TOKEN_MISSING", "Log in and try again."}},
		"nonsense as token": {"POST", inviteMethod, with("Authorization", "Bearer x"), strings.NewReader(`{"token":"x"}`), answer{401, "unauthenticated", "TOKEN_INVALID", "Your login could not be verified. Log in again."}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, p.post(t, c.method, c.path, c.header, c.body)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCallerIsRefusedBeforeTheBodyIsRead(t *testing.T) {
	t.Parallel()
	p := withOrders(t, orders{})
	body, sender := io.Pipe() // nothing is ever sent
	defer sender.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL()+checkoutMethod, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/proto")
	res, err := (&http.Client{Transport: p.transport}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("got %s", res.Status)
	}
	if got := p.log.find(t, "reason", "TOKEN_MISSING"); len(got) != 1 || got[0]["method"] != checkoutMethod || got[0]["code"] != "unauthenticated" {
		t.Errorf("logged %v", got)
	}
}

func TestRequestIDIsDemandedFirst(t *testing.T) {
	t.Parallel()
	var who caller.Caller
	p := withOrders(t, orders{checkout: func(ctx context.Context) error {
		who = caller.From(ctx)
		return nil
	}})
	header := map[string]string{"Content-Type": "application/json", "Authorization": "Bearer " + newIdentity().user("u_1")}
	if got := p.post(t, "POST", checkoutMethod, header, strings.NewReader("{}")); got.Reason != "REQUEST_ID_MISSING" {
		t.Errorf("got %+v", got)
	}
	if got := p.post(t, "POST", checkoutMethod, header, strings.NewReader(`{"request_id":"r_1"}`)); got.Reason != "FIELD_INVALID" {
		t.Errorf("got %+v", got)
	}
	valid := `{"request_id":"r_1","cart":{"cart_version":1},"address_id":"adr_` + strings.Repeat("a", 26) + `",
		"expected_total":{"amount":1,"currency":"JPY"},"payment":{"confirm_in_app":true}}`
	if got := p.post(t, "POST", checkoutMethod, header, strings.NewReader(valid)); got.Status != 200 {
		t.Errorf("got %+v", got)
	}
	if diff := cmp.Diff(caller.Caller{UserID: "u_1", Method: checkoutMethod, RequestID: "r_1"}, who); diff != "" {
		t.Errorf("caller (-want +got):\n%s", diff)
	}
}

func TestOneLinePerCall(t *testing.T) {
	t.Parallel()
	fails := map[string]error{
		"ok": nil, "refused": fault.New(fault.SoldOut, "sku", "s_1"), "away": fault.New(fault.StoreUnavailable).Because(errors.New("dial tcp")),
		"broken": errors.New("nil map"),
	}
	want := map[string][4]string{
		"ok": {"INFO", "ok"}, "refused": {"INFO", "failed_precondition", "SOLD_OUT", "SOLD_OUT sku=s_1"},
		"away": {"WARNING", "unavailable", "STORE_UNAVAILABLE", "STORE_UNAVAILABLE: dial tcp"}, "broken": {"ERROR", "internal", "INTERNAL", "INTERNAL: nil map"},
	}
	for name, err := range fails {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := withOrders(t, orders{invite: func(context.Context) error { return err }})
			header := map[string]string{"Content-Type": "application/json", "Authorization": "Bearer " + newIdentity().user("u_secret")}
			p.post(t, "POST", inviteMethod, header, strings.NewReader(`{"token":"t_secret"}`))
			got := p.log.find(t, "message", "rpc")
			if len(got) != 1 {
				t.Fatalf("logged %v", got)
			}
			line := [4]string{}
			for i, key := range []string{"severity", "code", "reason", "error"} {
				line[i], _ = got[0][key].(string)
			}
			if diff := cmp.Diff(want[name], line); diff != "" {
				t.Errorf("line (-want +got):\n%s", diff)
			}
			if got[0]["method"] != inviteMethod || got[0]["caller"] != "customer" || got[0]["duration_ms"] == nil {
				t.Errorf("logged %v", got[0])
			}
			if strings.Contains(p.log.String(), "secret") {
				t.Errorf("the log tells too much: %s", p.log)
			}
		})
	}
}

func TestPanicIsLoggedWithItsStack(t *testing.T) {
	t.Parallel()
	p := withOrders(t, orders{invite: func(context.Context) error { panic("lost") }})
	p.Server.mux.HandleFunc("POST /events/x", func(http.ResponseWriter, *http.Request) { panic("found") })
	header := map[string]string{"Content-Type": "application/json"}
	for path, message := range map[string]string{inviteMethod: "rpc", "/events/x": "panic"} {
		got := p.post(t, "POST", path, header, strings.NewReader(`{"token":"x"}`))
		if got.Status != 500 || got.Reason != "INTERNAL" {
			t.Errorf("%s: got %+v", path, got)
		}
		logged := p.log.find(t, "message", message)
		if len(logged) != 1 || logged[0]["severity"] != "ERROR" || !strings.Contains(logged[0]["stack_trace"].(string), "rpc_test.go") {
			t.Errorf("%s: logged %v", path, logged)
		}
	}
}

func TestTimeOfARequest(t *testing.T) {
	t.Parallel()
	left := make(chan time.Duration, 1)
	p := withOrders(t, orders{invite: func(ctx context.Context) error {
		end, _ := ctx.Deadline()
		left <- time.Until(end)
		return nil
	}})
	for name, c := range map[string]struct {
		sent string
		want time.Duration
	}{"none": {"", usualTime}, "less": {"1500", 1500 * time.Millisecond}, "more": {"30000", 30 * time.Second}, "ten years": {"9999999999", longTime}} {
		header := map[string]string{"Content-Type": "application/json", "Connect-Timeout-Ms": c.sent}
		if c.sent == "" {
			delete(header, "Connect-Timeout-Ms")
		}
		p.post(t, "POST", inviteMethod, header, strings.NewReader(`{"token":"x"}`))
		if got := <-left; got > c.want || got < c.want-time.Second {
			t.Errorf("%s: %v left, want %v", name, got, c.want)
		}
	}
}

func TestTimeIsOver(t *testing.T) {
	t.Parallel()
	p := withOrders(t, orders{invite: func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}})
	header := map[string]string{"Content-Type": "application/json", "Connect-Timeout-Ms": "20"}
	got := p.post(t, "POST", inviteMethod, header, strings.NewReader(`{"token":"x"}`))
	if got.Reason != "DEPENDENCY_UNAVAILABLE" {
		t.Errorf("got %+v", got)
	}
}
