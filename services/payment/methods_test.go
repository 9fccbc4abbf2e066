package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"connectrpc.com/connect"

	"github.com/issho-shop/issho/internal/fault"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	"github.com/issho-shop/issho/internal/testenv"
)

func (x *shop) as(userID string) paymentv1connect.PaymentServiceClient {
	return paymentv1connect.NewPaymentServiceClient(x.w.As(testenv.User{ID: userID}), x.base)
}

// save completes a setup as the app does, with the publishable key and the client secret.
func (x *shop) save(secret, card string) {
	x.Helper()
	setupID, _, _ := strings.Cut(secret, "_secret_")
	form := url.Values{"client_secret": {secret}, "payment_method": {card}}
	req, err := http.NewRequestWithContext(x.Context(), "POST", x.stripe+"/v1/setup_intents/"+setupID+"/confirm", strings.NewReader(form.Encode()))
	if err != nil {
		x.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(strings.Replace(stripeKey, "sk_", "pk_", 1), "")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		x.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		x.Fatalf("confirm the setup: HTTP %d", res.StatusCode)
	}
}

func TestSavedMethods(t *testing.T) {
	x := open(t)
	ctx := t.Context()
	hanako, taro := x.as("u_hanako"), x.as("u_taro")

	none, err := hanako.ListMethods(ctx, &paymentv1.ListMethodsRequest{})
	if err != nil || len(none.GetMethods()) != 0 {
		t.Fatalf("ListMethods of a new customer: %v %v, want none", none, err)
	}
	setup, err := hanako.CreateSetup(ctx, &paymentv1.CreateSetupRequest{RequestId: "r-1"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := hanako.CreateSetup(ctx, &paymentv1.CreateSetupRequest{RequestId: "r-1"})
	if err != nil || again.GetClientSecret() != setup.GetClientSecret() {
		t.Errorf("CreateSetup again: %v, want the same setup", err)
	}
	other, err := taro.CreateSetup(ctx, &paymentv1.CreateSetupRequest{RequestId: "r-1"})
	if err != nil || other.GetClientSecret() == setup.GetClientSecret() {
		t.Errorf("CreateSetup of another customer with the same request id: %v, want another setup", err)
	}
	x.save(setup.GetClientSecret(), "pm_card_visa")

	saved, err := hanako.ListMethods(ctx, &paymentv1.ListMethodsRequest{})
	if err != nil || len(saved.GetMethods()) != 1 {
		t.Fatalf("ListMethods: %v %v, want one", saved, err)
	}
	m := saved.GetMethods()[0]
	if m.GetBrand() != "visa" || m.GetLast4() != "4242" || m.GetExpiryMonth() == 0 || m.GetExpiryYear() == 0 {
		t.Errorf("method: %v", m)
	}
	orderID := newOrder()
	if res := x.authorise(orderID, m.GetMethodId()); res.GetState() != paymentv1.PaymentState_PAYMENT_STATE_AUTHORISED {
		t.Errorf("Authorise by the saved method = %s, want AUTHORISED", res.GetState())
	}
	theft := x.request(newOrder(), m.GetMethodId())
	theft.CustomerId = "u_taro"
	if res, err := x.service.Authorise(ctx, theft); err != nil || res.GetState() != paymentv1.PaymentState_PAYMENT_STATE_FAILED {
		t.Errorf("Authorise by somebody else's method = %v %v, want FAILED", res, err)
	}

	remove := &paymentv1.RemoveMethodRequest{MethodId: m.GetMethodId()}
	if _, err := taro.RemoveMethod(ctx, remove); fault.ReasonOf(err) != fault.NotFound {
		t.Errorf("RemoveMethod of somebody else's: %v, want NOT_FOUND", err)
	}
	if _, err := hanako.RemoveMethod(ctx, &paymentv1.RemoveMethodRequest{MethodId: "pm_absent"}); fault.ReasonOf(err) != fault.NotFound {
		t.Errorf("RemoveMethod of an absent one: %v, want NOT_FOUND", err)
	}
	for range 2 {
		if _, err := hanako.RemoveMethod(ctx, remove); err != nil {
			t.Errorf("RemoveMethod: %v", err)
		}
	}
	if _, err := taro.RemoveMethod(ctx, remove); fault.ReasonOf(err) != fault.NotFound {
		t.Errorf("RemoveMethod of what was somebody else's: %v, want NOT_FOUND", err)
	}
	if left, err := hanako.ListMethods(ctx, &paymentv1.ListMethodsRequest{}); err != nil || len(left.GetMethods()) != 0 {
		t.Errorf("ListMethods after removing: %v %v, want none", left, err)
	}
}

func TestMethodsRefuse(t *testing.T) {
	x := open(t)
	guest := paymentv1connect.NewPaymentServiceClient(x.w.As(testenv.User{ID: "u_guest", Guest: true}), x.base)
	nobody := paymentv1connect.NewPaymentServiceClient(http.DefaultClient, x.base)
	for name, tt := range map[string]struct {
		call func() error
		code connect.Code
		want fault.Reason
	}{
		"a guest": {func() error {
			_, err := guest.CreateSetup(t.Context(), &paymentv1.CreateSetupRequest{RequestId: "r"})
			return err
		}, connect.CodePermissionDenied, fault.CallerNotAllowed},
		"nobody": {func() error {
			_, err := nobody.ListMethods(t.Context(), &paymentv1.ListMethodsRequest{})
			return err
		}, connect.CodeUnauthenticated, fault.TokenMissing},
		"no request id": {func() error {
			_, err := x.as("u_1").CreateSetup(t.Context(), &paymentv1.CreateSetupRequest{})
			return err
		}, connect.CodeInvalidArgument, fault.RequestIDMissing},
		"a strange method": {func() error {
			_, err := x.as("u_1").RemoveMethod(t.Context(), &paymentv1.RemoveMethodRequest{MethodId: "4242424242424242"})
			return err
		}, connect.CodeInvalidArgument, fault.FieldInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			err := tt.call()
			if connect.CodeOf(err) != tt.code || fault.ReasonOf(err) != tt.want {
				t.Errorf("%v, want %s %s", err, tt.code, tt.want)
			}
		})
	}
}

// The provider fails while a customer or a setup is made: a repeat makes what is missing.
func TestCreateSetupWhenTheProviderFails(t *testing.T) {
	x := open(t)
	req := &paymentv1.CreateSetupRequest{RequestId: "r-1"}
	for _, path := range []string{"/v1/customers", "/v1/setup_intents"} {
		x.fault("error", "after", path, nil)
		if _, err := x.as("u_1").CreateSetup(t.Context(), req); fault.ReasonOf(err) != fault.ProviderUnavailable {
			t.Errorf("CreateSetup while %s fails: %v, want PROVIDER_UNAVAILABLE", path, err)
		}
	}
	if _, err := x.as("u_1").CreateSetup(t.Context(), req); err != nil {
		t.Errorf("CreateSetup: %v", err)
	}
	if n := x.count("Customers"); n != 1 {
		t.Errorf("%d customers, want 1", n)
	}
}
