package main

import "net/http"

// routes lists everything the simulator answers: Stripe's API under /v1, and the
// hand that holds the strings under /simulator.
func (s *simulator) routes() {
	for route, a := range s.api() {
		s.mux.Handle(route, s.serve(route, a))
	}
	s.mux.Handle("/v1/", s.serve("/v1/", unknownURL))
	s.control()
	s.mux.HandleFunc("GET /health/live", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
	})
}

// api is the part of Stripe's API which is served.
func (s *simulator) api() map[string]action {
	return map[string]action{
		"POST /v1/customers":                              s.createCustomer,
		"GET /v1/customers/{id}":                          s.getCustomer,
		"POST /v1/customers/{id}":                         s.updateCustomer,
		"GET /v1/customers/{id}/payment_methods":          s.listCustomerMethods,
		"GET /v1/customers/{id}/payment_methods/{method}": s.getCustomerMethod,

		"POST /v1/payment_methods":             s.createMethod,
		"GET /v1/payment_methods":              s.listMethods,
		"GET /v1/payment_methods/{id}":         s.getMethod,
		"POST /v1/payment_methods/{id}/attach": s.attachMethod,
		"POST /v1/payment_methods/{id}/detach": s.detachMethod,

		"POST /v1/setup_intents":              s.createSetup,
		"GET /v1/setup_intents/{id}":          s.getSetup,
		"POST /v1/setup_intents/{id}/confirm": s.confirmSetup,
		"POST /v1/setup_intents/{id}/cancel":  s.cancelSetup,

		"POST /v1/payment_intents":              s.createIntent,
		"GET /v1/payment_intents":               s.listIntents,
		"GET /v1/payment_intents/{id}":          s.getIntent,
		"POST /v1/payment_intents/{id}/confirm": s.confirmIntent,
		"POST /v1/payment_intents/{id}/capture": s.captureIntent,
		"POST /v1/payment_intents/{id}/cancel":  s.cancelIntent,

		"GET /v1/charges/{id}":  s.getCharge,
		"POST /v1/refunds":      s.createRefund,
		"GET /v1/refunds":       s.listRefunds,
		"GET /v1/refunds/{id}":  s.getRefund,
		"GET /v1/disputes":      s.listDisputes,
		"GET /v1/disputes/{id}": s.getDispute,

		"GET /v1/events":                    s.listEvents,
		"GET /v1/events/{id}":               s.getEvent,
		"GET /v1/balance_transactions":      s.listTransactions,
		"GET /v1/balance_transactions/{id}": s.getTransaction,
		"GET /v1/payouts":                   s.listPayouts,
		"GET /v1/payouts/{id}":              s.getPayout,
	}
}

// control is what tests, the demo and the storm use to script the provider.
func (s *simulator) control() {
	for route, h := range map[string]http.HandlerFunc{
		"GET /simulator/ledger":              s.readLedger,
		"GET /simulator/requests":            s.readRequests,
		"POST /simulator/reset":              s.resetAll,
		"GET /simulator/faults":              s.readFaults,
		"POST /simulator/faults":             s.addFault,
		"DELETE /simulator/faults":           s.clearFaults,
		"DELETE /simulator/faults/{id}":      s.removeFault,
		"GET /simulator/webhooks":            s.readRules,
		"POST /simulator/webhooks":           s.addRule,
		"DELETE /simulator/webhooks":         s.clearRules,
		"DELETE /simulator/webhooks/{id}":    s.removeRule,
		"PUT /simulator/webhooks/url":        s.pointWebhooks,
		"POST /simulator/webhooks/flush":     s.flushWebhooks,
		"GET /simulator/events":              s.readEvents,
		"POST /simulator/events/{id}/resend": s.resendEvent,
		"POST /simulator/holds/{id}/expire":  s.endHold,
		"GET /simulator/3ds/{id}":            s.showBank,
		"POST /simulator/3ds/{id}":           s.answerBank,
		"POST /simulator/refunds/{id}":       s.settleRefund,
		"POST /simulator/disputes/{id}":      s.scriptDispute,
		"POST /simulator/payouts":            s.payOut,
	} {
		s.mux.HandleFunc(route, h)
	}
}
