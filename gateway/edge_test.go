package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lestrrat-go/jwx/v3/jwt"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"

	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
)

const (
	campaign = catalogv1connect.CatalogServiceGetCampaignProcedure // anybody may
	cart     = "/issho.cart.v1.CartService/GetCart"                // customers only
	webhook  = "/webhooks/stripe"
)

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
