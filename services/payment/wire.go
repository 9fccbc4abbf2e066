package main

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/services/payment/internal/manual"
	"github.com/issho-shop/issho/services/payment/internal/payment"
	"github.com/issho-shop/issho/services/payment/internal/provider"
)

func wireState(s payment.State) paymentv1.PaymentState {
	return paymentv1.PaymentState(paymentv1.PaymentState_value["PAYMENT_STATE_"+string(s)]) // the names are the same: wire_test.go
}

func wireMoney(amount int64, p payment.Payment) *typev1.Money {
	return &typev1.Money{Amount: amount, Currency: p.Currency}
}

func wireMethod(m provider.Method) *paymentv1.Method {
	return &paymentv1.Method{
		MethodId: m.ID, Brand: m.Brand, Last4: m.Last4, ExpiryMonth: int32(m.Month), ExpiryYear: int32(m.Year),
	}
}

// sight is what the provider shows, in the noun's words.
func sight(in provider.Intent) payment.Sight {
	return payment.Sight{
		IntentID: in.ID, Status: payment.Status(in.Status), Amount: in.Amount, Code: in.Code, CaptureBefore: in.CaptureBefore,
	}
}

func wireWork(w manual.Work) *paymentv1.ManualWork {
	return &paymentv1.ManualWork{
		WorkId: w.ID, Kind: paymentv1.ManualKind(paymentv1.ManualKind_value["MANUAL_KIND_"+string(w.Kind)]),
		PaymentId: w.PaymentID, OrderId: w.OrderID, RefundId: w.RefundID, PayoutId: w.PayoutID,
		Amount: &typev1.Money{Amount: w.Amount, Currency: w.Currency}, Detail: w.Detail, OpenTime: timestamppb.New(w.OpenedAt),
		Decision: paymentv1.Decision(paymentv1.Decision_value["DECISION_"+w.Decision]),
	}
}
