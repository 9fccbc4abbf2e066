package server

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
)

const card = "4111 1111 1111 1111"

func TestTextsAreRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		req  proto.Message
		want fault.Reason
	}{
		"a name":            {&userv1.Profile{DisplayName: card}, fault.CardNumberRefused},
		"full width":        {&userv1.Profile{DisplayName: "４１１１１１１１１１１１１１１１"}, fault.CardNumberRefused},
		"a reason":          {&paymentv1.GetTrialBalanceRequest{Reason: "card " + card}, fault.CardNumberRefused},
		"deep inside":       {&orderv1.OrderEvent{Lines: []*orderv1.BoughtLine{{}, {Sku: card}}}, fault.CardNumberRefused},
		"a JAN code":        {&userv1.Profile{DisplayName: "4901777018686"}, ""},
		"a tracking code":   {&userv1.Profile{DisplayName: "1234-5678-9012"}, ""},
		"a request id":      {&paymentv1.CreateSetupRequest{RequestId: "4111111111111111"}, ""},
		"a token":           {&cartv1.MergeGuestCartRequest{GuestToken: "4111111111111111"}, ""},
		"a patterned id":    {&paymentv1.RemoveMethodRequest{MethodId: "pm_4111111111111111"}, ""},
		"marks alone":       {&userv1.Profile{DisplayName: "\u202e\u0000"}, fault.FieldInvalid},
		"a mark in a name":  {&userv1.Profile{DisplayName: "\u202eHanako"}, ""},
		"a blank name":      {&catalogv1.Product{Attributes: map[string]string{"\ufeff": "x"}}, fault.FieldInvalid},
		"a blank value":     {&catalogv1.Product{Attributes: map[string]string{"x": "\u2066"}}, fault.FieldInvalid},
		"names alike":       {&catalogv1.Product{Attributes: map[string]string{"か\u3099": "1", "が": "2"}}, fault.FieldInvalid},
		"names that differ": {&catalogv1.Product{Attributes: map[string]string{"か": "1", "が": "2"}}, ""},
		"an empty request":  {&paymentv1.SettleRequest{}, ""},
	} {
		if got := fault.ReasonOf(CheckTexts(tt.req)); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
