package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v3/jwt"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
)

const (
	campaign = catalogv1connect.CatalogServiceGetCampaignProcedure // anybody may
	cart     = "/issho.cart.v1.CartService/GetCart"                // customers only
	webhook  = "/webhooks/stripe"
)

// shelf is a catalog that has every campaign, and lists none.
type shelf struct {
	catalogv1connect.UnimplementedCatalogServiceHandler
}

func (shelf) GetCampaign(_ context.Context, req *catalogv1.GetCampaignRequest) (*catalogv1.GetCampaignResponse, error) {
	return &catalogv1.GetCampaignResponse{Campaign: &catalogv1.Campaign{CampaignId: req.GetCampaignId()}}, nil
}

// refused is what a client reads from an error.
type refused struct {
	Status               int
	Code, Reason, Locale string
}

func read(t *testing.T, res *http.Response, body string) refused {
	t.Helper()
	if ct := res.Header.Get("Content-Type"); ct != "application/json" {
		t.Errorf("content type %q, want application/json", ct)
	}
	var wire struct {
		Code, Message string
		Details       []struct{ Type, Value string }
	}
	if err := json.Unmarshal([]byte(body), &wire); err != nil {
		t.Fatalf("%d %q is not Connect's error JSON: %v", res.StatusCode, body, err)
	}
	if wire.Message == "" {
		t.Errorf("no message in %s", body)
	}
	got := refused{Status: res.StatusCode, Code: wire.Code}
	for _, d := range wire.Details {
		var info errdetails.ErrorInfo
		var said errdetails.LocalizedMessage
		switch d.Type {
		case "google.rpc.ErrorInfo":
			unpack(t, d.Value, &info)
			got.Reason = info.GetReason()
		case "google.rpc.LocalizedMessage":
			unpack(t, d.Value, &said)
			got.Locale = said.GetLocale()
		}
	}
	return got
}

func unpack(t *testing.T, value string, m proto.Message) {
	t.Helper()
	raw, err := base64.RawStdEncoding.DecodeString(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := proto.Unmarshal(raw, m); err != nil {
		t.Fatal(err)
	}
}

func asJSON(more map[string]string) map[string]string {
	header := map[string]string{"Content-Type": "application/json"}
	for k, v := range more {
		header[k] = v
	}
	return header
}

func bearer(token string) map[string]string {
	return asJSON(map[string]string{"Authorization": "Bearer " + token})
}

func TestTokens(t *testing.T) {
	t.Parallel()
	e := startEdge(t, nil)
	missing := refused{401, "unauthenticated", "TOKEN_MISSING", "ja"}
	invalid := refused{401, "unauthenticated", "TOKEN_INVALID", "ja"}
	good := e.token(t, nil)
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(good, ".")[1] + "."
	for name, tc := range map[string]struct {
		path   string
		header map[string]string
		want   refused // zero: passes
	}{
		"good":                         {cart, bearer(good), refused{}},
		"good where none is needed":    {campaign, bearer(good), refused{}},
		"none where none is needed":    {campaign, asJSON(nil), refused{}},
		"none":                         {cart, asJSON(nil), missing},
		"not a bearer":                 {cart, asJSON(map[string]string{"Authorization": "Basic aGFuYWtv"}), missing},
		"in the query":                 {cart + "?access_token=" + good, asJSON(nil), missing},
		"garbage":                      {cart, bearer("garbage"), invalid},
		"garbage where none is needed": {campaign, bearer("garbage"), invalid},
		"alg none":                     {cart, bearer(none), invalid},
		"tampered":                     {cart, bearer(good[:len(good)-8] + "AAAAAAAA"), invalid},
		"another's key":                {cart, bearer(sign(t, jwt.NewBuilder().Issuer("https://issuer.test/users").Audience([]string{"issho-local"}).Expiration(time.Now().Add(time.Hour)), newKey(t))), invalid},
		"another issuer":               {cart, bearer(e.token(t, func(b *jwt.Builder) { b.Issuer("https://elsewhere.test") })), invalid},
		"another audience":             {cart, bearer(e.token(t, func(b *jwt.Builder) { b.Audience([]string{"other"}) })), refused{401, "unauthenticated", "TOKEN_INVALID", "ja"}},
		"not yet":                      {cart, bearer(e.token(t, func(b *jwt.Builder) { b.NotBefore(time.Now().Add(time.Hour)) })), invalid},
		"without end":                  {cart, bearer(e.token(t, func(b *jwt.Builder) { b.Expiration(time.Time{}) })), invalid},
		"expired":                      {cart, bearer(e.token(t, func(b *jwt.Builder) { b.Expiration(time.Now().Add(-time.Hour)) })), refused{401, "unauthenticated", "TOKEN_EXPIRED", "ja"}},
		"expired, told in English": {cart, asJSON(map[string]string{"Accept-Language": "en-GB,en", "Authorization": "Bearer " +
			e.token(t, func(b *jwt.Builder) { b.Expiration(time.Now().Add(-time.Hour)) })}), refused{401, "unauthenticated", "TOKEN_EXPIRED", "en"}},
	} {
		t.Run(name, func(t *testing.T) {
			res, body := e.do(t, http.MethodPost, tc.path, tc.header, strings.NewReader("{}"))
			if tc.want == (refused{}) {
				if got := e.reached(t); got.Header.Get("Authorization") != tc.header["Authorization"] {
					t.Errorf("the service got Authorization %q, want the caller's", got.Header.Get("Authorization"))
				}
				return
			}
			if diff := cmp.Diff(tc.want, read(t, res, body)); diff != "" {
				t.Errorf("refusal (-want +got):\n%s", diff)
			}
			e.reachedNothing(t)
		})
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	e := startEdge(t, nil)
	token := e.token(t, nil)
	absent := refused{404, "not_found", "NOT_FOUND", "ja"}
	for name, tc := range map[string]struct {
		method, path string
		want         refused
	}{
		"unknown":                   {"POST", "/nothing", absent},
		"root":                      {"GET", "/", absent},
		"internal service":          {"POST", "/issho.order.v1.OrderInternalService/Verify", absent},
		"internal, another case":    {"POST", "/ISSHO.ORDER.V1.OrderInternalService/Verify", absent},
		"internal through a routed": {"POST", "/issho.order.v1.OrderService/../issho.order.v1.OrderInternalService/Verify", absent},
		"internal, doubled slash":   {"POST", "//issho.order.v1.OrderInternalService//Verify", absent},
		"escaped slash":             {"POST", "/issho.order.v1.OrderService%2fGetOrder", refused{400, "invalid_argument", "FIELD_INVALID", "ja"}},
		"events":                    {"POST", "/events/order", absent},
		"reflection":                {"POST", "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", absent},
		"health of services":        {"POST", "/grpc.health.v1.Health/Check", absent},
		"a service's readiness":     {"GET", "/health/ready", absent},
		"Envoy's admin":             {"GET", "/config_dump", absent},
		"webhook asked":             {"GET", webhook, absent},
		"webhook with a tail":       {"POST", webhook + "/x", absent},
		"prefix without its slash":  {"POST", "/issho.order.v1.OrderServiceX/GetOrder", absent},
	} {
		t.Run(name, func(t *testing.T) {
			res, body := e.do(t, tc.method, tc.path, bearer(token), nil)
			if diff := cmp.Diff(tc.want, read(t, res, body)); diff != "" {
				t.Errorf("refusal (-want +got):\n%s", diff)
			}
			e.reachedNothing(t)
		})
	}
}

func TestOutsidersHeadersAreRemoved(t *testing.T) {
	t.Parallel()
	e := startEdge(t, nil)
	names := []string{
		"X-User-Id", "X-User-Email", "X-Jwt-Payload", "X-Serverless-Authorization", "X-Goog-Authenticated-User-Email", "X-Goog-Iap-Jwt-Assertion",
		"X-Cloudtasks-Taskname", "X-Cloudscheduler", "X-Cloudscheduler-Jobname", "X-Envoy-Original-Path", "X-Envoy-Max-Retries", "X-Client-Ip",
		"X-Appengine-Queuename", "X-Internal-Admin", "Ce-Id", "Ce-Type",
	}
	header := asJSON(map[string]string{"X-Harmless": "stays"})
	for _, name := range names {
		header[name] = "forged"
	}
	e.do(t, http.MethodPost, campaign, header, strings.NewReader("{}"))
	got := e.reached(t).Header
	for _, name := range names {
		if got.Get(name) != "" {
			t.Errorf("%s: %s reached the service", name, got.Get(name))
		}
	}
	if got.Get("X-Harmless") != "stays" {
		t.Error("X-Harmless did not reach the service")
	}
}

func TestUnderscoresAreRefused(t *testing.T) {
	t.Parallel()
	e := startEdge(t, nil)
	res, _ := e.do(t, http.MethodPost, campaign, asJSON(map[string]string{"x_user_id": "forged"}), strings.NewReader("{}"))
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d, want 400", res.StatusCode)
	}
	e.reachedNothing(t)
}

func TestProtocols(t *testing.T) {
	t.Parallel()
	e := startEdge(t, nil)
	h2c := &http.Transport{Protocols: new(http.Protocols)}
	h2c.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(h2c.CloseIdleConnections)
	for name, tc := range map[string]struct {
		client  *http.Client
		options []connect.ClientOption
	}{
		"Connect JSON": {http.DefaultClient, []connect.ClientOption{connect.WithProtoJSON()}},
		"Connect GET":  {http.DefaultClient, []connect.ClientOption{connect.WithProtoJSON(), connect.WithHTTPGet()}},
		"Connect h2c":  {&http.Client{Transport: h2c}, nil},
		"gRPC":         {&http.Client{Transport: h2c}, []connect.ClientOption{connect.WithGRPC()}},
		"gRPC-Web":     {http.DefaultClient, []connect.ClientOption{connect.WithGRPCWeb()}},
	} {
		t.Run(name, func(t *testing.T) {
			ask := catalogv1connect.NewCatalogServiceClient(tc.client, e.URL, tc.options...)
			res, err := ask.GetCampaign(t.Context(), &catalogv1.GetCampaignRequest{CampaignId: "cmp_1"})
			if err != nil || res.GetCampaign().GetCampaignId() != "cmp_1" {
				t.Fatalf("answer %v, %v", res, err)
			}
			if got := e.reached(t); got.ProtoMajor != 2 {
				t.Errorf("the service was spoken to in HTTP/%d, want 2", got.ProtoMajor)
			}
			// What the service refuses stays its own.
			_, err = ask.ListCampaigns(t.Context(), &catalogv1.ListCampaignsRequest{})
			if got := connect.CodeOf(err); got != connect.CodeUnimplemented {
				t.Errorf("the service's refusal arrives as %v: %v", got, err)
			}
			e.reached(t)
			// What Envoy refuses reads as if a service had.
			admin := catalogv1connect.NewCatalogAdminServiceClient(tc.client, e.URL, tc.options...)
			_, err = admin.CreateProduct(t.Context(), &catalogv1.CreateProductRequest{})
			if code, reason := connect.CodeOf(err), fault.ReasonOf(err); code != connect.CodeUnauthenticated || reason != fault.TokenMissing {
				t.Errorf("Envoy's refusal arrives as %v, %q: %v", code, reason, err)
			}
			internal := catalogv1connect.NewCatalogInternalServiceClient(tc.client, e.URL, tc.options...)
			_, err = internal.Verify(t.Context(), &catalogv1.VerifyRequest{})
			if code, reason := connect.CodeOf(err), fault.ReasonOf(err); code != connect.CodeNotFound || reason != fault.NotFound {
				t.Errorf("an internal method answers %v, %q: %v", code, reason, err)
			}
			e.reachedNothing(t)
		})
	}
}

func TestBrowsers(t *testing.T) {
	t.Parallel()
	e := startEdge(t, nil)
	preflight := func(origin string) http.Header {
		res, _ := e.do(t, http.MethodOptions, cart, map[string]string{
			"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,grpc-timeout",
		}, nil)
		return res.Header
	}
	h := preflight("http://localhost:3000")
	if got := h.Get("Access-Control-Allow-Origin"); got != "http://localhost:3000" {
		t.Errorf("allowed origin %q, want the asker's", got)
	}
	for _, name := range []string{"Authorization", "Content-Type", "Connect-Protocol-Version", "Connect-Timeout-Ms", "Grpc-Timeout", "X-Grpc-Web"} {
		if !strings.Contains(h.Get("Access-Control-Allow-Headers"), name) {
			t.Errorf("allowed headers %q lack %s", h.Get("Access-Control-Allow-Headers"), name)
		}
	}
	for _, evil := range []string{"https://evil.test", "null", "http://localhost:3000.evil.test"} {
		if got := preflight(evil).Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s is allowed as %q", evil, got)
		}
	}
	e.reachedNothing(t)
	res, body := e.do(t, http.MethodPost, cart, asJSON(map[string]string{"Origin": "http://localhost:3000"}), strings.NewReader("{}"))
	if got := res.Header.Get("Access-Control-Allow-Origin"); got != "http://localhost:3000" {
		t.Errorf("a browser cannot read the refusal %s: allowed origin %q", body, got)
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	e := startEdge(t, nil)
	for name, tc := range map[string]struct {
		path string
		size int
		want int
	}{
		"call at the limit":    {campaign, 256 << 10, 0},
		"call over it":         {campaign, 256<<10 + 1, 413},
		"webhook at the limit": {webhook, 1 << 20, 0},
		"webhook over it":      {webhook, 1<<20 + 1, 413},
	} {
		t.Run(name, func(t *testing.T) {
			res, body := e.do(t, http.MethodPost, tc.path, asJSON(nil), bytes.NewReader(bytes.Repeat([]byte("a"), tc.size)))
			if tc.want == 0 {
				if got := e.reached(t); len(got.Body) != tc.size {
					t.Errorf("%d bytes arrived, want %d", len(got.Body), tc.size)
				}
				return
			}
			want := refused{tc.want, "resource_exhausted", "TOO_LARGE", "ja"}
			if diff := cmp.Diff(want, read(t, res, body)); diff != "" {
				t.Errorf("refusal (-want +got):\n%s", diff)
			}
		})
	}
}

// Stripe signs bytes: none may change on the way, nor the header that holds the signature.
func TestWebhookArrivesByteForByte(t *testing.T) {
	t.Parallel()
	e := startEdge(t, nil)
	body := "{ \"id\":\"evt_1\",\r\n\t\"note\": \"é é \u3000\\u0000\", \"n\": 1.0e2 }\n\x00\xff"
	res, _ := e.do(t, http.MethodPost, webhook, asJSON(map[string]string{"Stripe-Signature": "t=1,v1=ab"}), strings.NewReader(body))
	got := e.reached(t)
	if diff := cmp.Diff([]byte(body), got.Body); diff != "" {
		t.Errorf("body (-sent +arrived):\n%s", diff)
	}
	if got.Header.Get("Stripe-Signature") != "t=1,v1=ab" || got.Path != webhook || res.StatusCode != http.StatusOK {
		t.Errorf("arrived %s with signature %q, answered %d", got.Path, got.Header.Get("Stripe-Signature"), res.StatusCode)
	}
}

func TestTraceGoesOn(t *testing.T) {
	t.Parallel()
	e := startEdge(t, nil)
	const id, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
	e.do(t, http.MethodPost, campaign+"?secret=1", asJSON(map[string]string{"Traceparent": "00-" + id + "-" + parent + "-01"}), strings.NewReader("{}"))
	got := strings.Split(e.reached(t).Header.Get("Traceparent"), "-")
	if len(got) != 4 || got[1] != id || got[2] == parent {
		t.Fatalf("traceparent %v arrived, want trace %s under a span of Envoy's own", got, id)
	}
	select {
	case span := <-e.spans:
		if name := span.GetName(); name != "POST "+campaign {
			t.Errorf("span %q, want the method and path", name)
		}
		for _, a := range span.GetAttributes() {
			if strings.Contains(a.GetValue().GetStringValue(), "secret") {
				t.Errorf("the span tells the query in %s", a.GetKey())
			}
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Envoy exported no span")
	}
	eventually(t, "the access log names the trace", func() bool { return strings.Contains(e.log.String(), "projects/issho-local/traces/"+id) })
	if strings.Contains(e.log.String(), "secret") {
		t.Errorf("the access log tells the query: %s", e.log)
	}
}

func TestAccessLogHasCloudLoggingsShape(t *testing.T) {
	t.Parallel()
	e := startEdge(t, nil)
	e.do(t, http.MethodPost, "/nothing", asJSON(nil), nil)
	eventually(t, "a line in the access log", func() bool { return strings.Contains(e.log.String(), "/nothing") })
	var line struct {
		Severity, Message, Service string
		HTTPRequest                struct {
			RequestMethod, RequestURL string
			Status                    int
		}
	}
	if err := json.Unmarshal([]byte(e.log.String()), &line); err != nil {
		t.Fatalf("%s: %v (health checks are not logged)", e.log, err)
	}
	if line.Severity != "WARNING" || line.Service != "gateway" || line.HTTPRequest.Status != 404 || line.HTTPRequest.RequestURL != "/nothing" {
		t.Errorf("logged %+v", line)
	}
}

func TestUnreachableService(t *testing.T) {
	t.Parallel()
	e := startEdge(t, map[string]string{"CART_URL": "http://127.0.0.1:1"})
	began := time.Now()
	res, body := e.do(t, http.MethodPost, cart, bearer(e.token(t, nil)), strings.NewReader("{}"))
	want := refused{503, "unavailable", "DEPENDENCY_UNAVAILABLE", "ja"}
	if diff := cmp.Diff(want, read(t, res, body)); diff != "" {
		t.Errorf("refusal (-want +got):\n%s", diff)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("the refusal took %v, want less than a second", took)
	}
}

// Keys that cannot be fetched are our trouble, not the customer's token's.
func TestUnreachableIssuer(t *testing.T) {
	t.Parallel()
	e := startEdge(t, map[string]string{"USER_JWKS_URL": "http://127.0.0.1:1/jwks.json"})
	res, body := e.do(t, http.MethodPost, cart, bearer(e.token(t, nil)), strings.NewReader("{}"))
	want := refused{503, "unavailable", "DEPENDENCY_UNAVAILABLE", "ja"}
	if diff := cmp.Diff(want, read(t, res, body)); diff != "" {
		t.Errorf("refusal (-want +got):\n%s\n%s", diff, e.log)
	}
}

func TestTooMany(t *testing.T) {
	t.Parallel()
	e := startEdge(t, map[string]string{"RATE_LIMIT": "10"})
	for range 40 {
		res, body := e.do(t, http.MethodPost, "/nothing", asJSON(nil), nil)
		if res.StatusCode != http.StatusTooManyRequests {
			continue
		}
		want := refused{429, "resource_exhausted", "RATE_LIMITED", "ja"}
		if diff := cmp.Diff(want, read(t, res, body)); diff != "" {
			t.Errorf("refusal (-want +got):\n%s", diff)
		}
		if res.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		return
	}
	t.Error("40 requests at once passed a limit of 10 a second")
}

// grpc-go insists that grpc-status and its details agree.
func TestRefusalsToGRPC(t *testing.T) {
	t.Parallel()
	e := startEdge(t, nil)
	conn, err := grpc.NewClient(strings.TrimPrefix(e.URL, "http://"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	for name, tc := range map[string]struct {
		method, body string
		want         codes.Code
		reason       fault.Reason
	}{
		"token":    {cart, "", codes.Unauthenticated, fault.TokenMissing},
		"internal": {"/issho.order.v1.OrderInternalService/Verify", "", codes.NotFound, fault.NotFound},
		"large":    {campaign, strings.Repeat("a", 300<<10), codes.ResourceExhausted, fault.TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			err := conn.Invoke(t.Context(), tc.method, &catalogv1.GetCampaignRequest{CampaignId: tc.body}, &catalogv1.GetCampaignResponse{})
			got := status.Convert(err)
			if got.Code() != tc.want {
				t.Fatalf("%v, want %v", err, tc.want)
			}
			for _, d := range got.Details() {
				if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetReason() == string(tc.reason) {
					return
				}
			}
			t.Errorf("details %v, want %s", got.Details(), tc.reason)
		})
	}
}
