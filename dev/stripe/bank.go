package main

import (
	"fmt"
	"html/template"
	"net/http"
)

// bankURL is where the customer meets the bank.
func (s *simulator) bankURL(id string) string {
	return fmt.Sprintf("http://127.0.0.1:%d/simulator/3ds/%s", s.cfg.Port, id)
}

var bankPage = template.Must(template.New("bank").Parse(`<!doctype html>
<title>Bank</title>
<h1>Is it you who pays?</h1>
<p>{{.}}</p>
<form method="post" action="/simulator/3ds/{{.}}?outcome=succeed"><button>Yes</button></form>
<form method="post" action="/simulator/3ds/{{.}}?outcome=fail"><button>No</button></form>
`))

// showBank is the page at which a person answers the bank.
func (s *simulator) showBank(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = bankPage.Execute(w, r.PathValue("id")) // a client that has left reads nothing
}

// answerBank is the customer's answer: POST /simulator/3ds/{id}?outcome=succeed|fail.
func (s *simulator) answerBank(w http.ResponseWriter, r *http.Request) {
	yes, ok := outcome(w, r, "succeed", "fail")
	if !ok {
		return
	}
	id := r.PathValue("id")
	if pi, ok := s.ledger.intents.get(id); ok {
		s.answerBankForIntent(w, pi, yes == "succeed")
		return
	}
	if si, ok := s.ledger.setups.get(id); ok {
		s.answerBankForSetup(w, si, yes == "succeed")
		return
	}
	answerError(w, http.StatusNotFound, "no such payment or setup intent")
}

const notAuthenticated = "The provided PaymentMethod has failed authentication. " +
	"You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again."

func (s *simulator) answerBankForIntent(w http.ResponseWriter, pi *intent, yes bool) {
	pi.mu.Lock()
	defer pi.mu.Unlock()
	switch {
	case pi.status != needsAction:
		answerError(w, http.StatusConflict, "the payment intent asks nothing of the customer: "+pi.status)
		return
	case !yes:
		pi.lastError = s.notAuthentic("payment_intent_authentication_failure", pi.method)
		pi.method, pi.status = nil, needsMethod
		s.note(pi, nil, entry{Kind: entryDeclined, Amount: pi.amount})
		s.tellIntent(nil, "payment_intent.payment_failed", pi)
	case pi.method.card.decline != nil:
		s.declineIntent(nil, pi, pi.method.card.decline)
	default:
		s.authorise(nil, pi, true)
	}
	answer(w, http.StatusOK, s.renderIntent(pi, nil))
}

func (s *simulator) answerBankForSetup(w http.ResponseWriter, si *setup, yes bool) {
	si.mu.Lock()
	defer si.mu.Unlock()
	if si.status != needsAction {
		answerError(w, http.StatusConflict, "the setup intent asks nothing of the customer: "+si.status)
		return
	}
	if !yes {
		si.lastError = s.notAuthentic("setup_intent_authentication_failure", si.method)
		si.method, si.status = nil, needsMethod
		s.tellSetup(nil, "setup_intent.setup_failed", si)
	} else if err := s.finishSetup(nil, si); err != nil {
		answerError(w, http.StatusConflict, err.Error())
		return
	}
	answer(w, http.StatusOK, s.renderSetup(si, nil))
}

func (s *simulator) notAuthentic(code string, m *method) *errorObject {
	e := newError(http.StatusPaymentRequired, invalidRequest, code, notAuthenticated)
	e.body.PaymentMethod = s.renderMethod(m, nil)
	return &e.body
}
