package main

import "strings"

// card is one of Stripe's test cards: what is printed on it and how its bank behaves.
type card struct {
	brand, last4, country string
	funding               string
	decline               *decline // every charge is declined
	declineOnAttach       bool     // and so is the check when it is saved
	authenticate          authentication
	refund                string // status of a refund to it, "" = succeeded
	disputes              bool   // disputed as soon as it is captured
}

type authentication int

const (
	authNever      authentication = iota
	authUntilSaved                // until it went through a SetupIntent once
	authAlways
)

// decline is the bank's answer.
type decline struct{ code, declineCode, message string }

const generic = "Your card was declined."

var (
	noReason    = &decline{"card_declined", "generic_decline", generic}
	noAuth      = &decline{"authentication_required", "authentication_required", "Your card was declined. This transaction requires authentication."}
	noFunds     = &decline{"card_declined", "insufficient_funds", "Your card has insufficient funds."}
	cardLost    = &decline{"card_declined", "lost_card", generic}
	cardStolen  = &decline{"card_declined", "stolen_card", generic}
	cardExpired = &decline{"expired_card", "expired_card", "Your card has expired."}
	wrongCVC    = &decline{"incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."}
	bankDown    = &decline{"processing_error", "processing_error", "An error occurred while processing your card. Try again in a little bit."}
	fraudulent  = &decline{"card_declined", "fraudulent", generic}
	tooOften    = &decline{"card_declined", "card_velocity_exceeded", "Your card was declined for making repeated attempts too frequently or exceeding its amount limit."}
)

// cards by the name after pm_card_ (or tok_), see docs.stripe.com/testing.
var cards = map[string]*card{
	"visa":             {brand: "visa", last4: "4242"},
	"visa_debit":       {brand: "visa", last4: "5556", funding: "debit"},
	"mastercard":       {brand: "mastercard", last4: "4444"},
	"mastercard_debit": {brand: "mastercard", last4: "8210", funding: "debit"},
	"amex":             {brand: "amex", last4: "8431"},
	"jcb":              {brand: "jcb", last4: "0505", country: "JP"},
	"jp":               {brand: "visa", last4: "0003", country: "JP"},

	"chargeDeclined":                      refusing("0002", noReason),
	"chargeDeclinedInsufficientFunds":     refusing("9995", noFunds),
	"chargeDeclinedLostCard":              refusing("9987", cardLost),
	"chargeDeclinedStolenCard":            refusing("9979", cardStolen),
	"chargeDeclinedExpiredCard":           refusing("0069", cardExpired),
	"chargeDeclinedIncorrectCvc":          refusing("0127", wrongCVC),
	"chargeDeclinedProcessingError":       refusing("0119", bankDown),
	"chargeDeclinedFraudulent":            refusing("0019", fraudulent),
	"chargeDeclinedVelocityLimitExceeded": refusing("6975", tooOften),
	"chargeCustomerFail":                  {brand: "visa", last4: "0341", decline: noReason},

	"authenticationRequired":        {brand: "visa", last4: "3184", authenticate: authAlways},
	"authenticationRequiredOnSetup": {brand: "visa", last4: "3155", authenticate: authUntilSaved},
	"threeDSecure2Required":         {brand: "visa", last4: "3220", authenticate: authAlways},
	"threeDSecureRequired":          {brand: "visa", last4: "3063", authenticate: authAlways},

	"pendingRefund": {brand: "visa", last4: "7726", refund: refundPending},
	"refundFail":    {brand: "visa", last4: "5126", refund: refundFailed},
	"createDispute": {brand: "visa", last4: "0259", disputes: true},
}

func refusing(last4 string, d *decline) *card {
	return &card{brand: "visa", last4: last4, decline: d, declineOnAttach: true}
}

// cardByToken finds a test card by pm_card_x or tok_x; declining cards may be
// spelt pm_card_visa_chargeDeclined… as well.
func cardByToken(token string) (*card, bool) {
	name, ok := strings.CutPrefix(token, "pm_card_")
	if !ok {
		if name, ok = strings.CutPrefix(token, "tok_"); !ok {
			return nil, false
		}
	}
	if c, ok := cards[name]; ok {
		return c, true
	}
	c, ok := cards[strings.TrimPrefix(name, "visa_")]
	return c, ok
}

func (c *card) fundingOrCredit() string {
	if c.funding != "" {
		return c.funding
	}
	return "credit"
}

func (c *card) countryOrUS() string {
	if c.country != "" {
		return c.country
	}
	return "US"
}
