package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
)

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
	if got := res.Header.Values("Vary"); !slices.Contains(got, "Origin") {
		t.Errorf("a cache would show this answer to other origins: Vary %v", got)
	}
	exposed := strings.Split(strings.ReplaceAll(res.Header.Get("Access-Control-Expose-Headers"), " ", ""), ",")
	for _, name := range []string{"Grpc-Status", "Grpc-Message", "Grpc-Status-Details-Bin", "Retry-After", "X-Request-Id", "ETag", "Age"} {
		if !slices.Contains(exposed, name) {
			t.Errorf("exposed headers %q lack %s", exposed, name)
		}
	}
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
