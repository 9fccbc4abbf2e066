package main

import (
	"testing"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/services/payment/internal/payment"
	"github.com/issho-shop/issho/services/payment/internal/provider"
)

func TestEveryStateHasItsWord(t *testing.T) {
	for _, s := range []payment.State{
		payment.Created, payment.Action, payment.Unknown, payment.Authorised, payment.Failed, payment.Capturing, payment.Captured,
		payment.CaptureFailed, payment.Voiding, payment.Voided, payment.Refunding, payment.PartlyRefunded, payment.Refunded,
	} {
		if wireState(s) == paymentv1.PaymentState_PAYMENT_STATE_UNSPECIFIED {
			t.Errorf("%s has no word in the contract", s)
		}
	}
}

func TestTheNounKnowsEveryStatusOfTheProvider(t *testing.T) {
	for from, want := range map[provider.Status]payment.Status{
		provider.Unconfirmed: payment.Unconfirmed, provider.Refusal: payment.Refused, provider.NeedsAction: payment.NeedsAction,
		provider.Processing: payment.Processing, provider.Held: payment.Held, provider.Taken: payment.Taken, provider.Cancelled: payment.Cancelled,
	} {
		if got := sight(provider.Intent{Status: from}).Status; got != want {
			t.Errorf("%s is %s to the noun, want %s", from, got, want)
		}
	}
}
