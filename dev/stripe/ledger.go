package main

import (
	"sync"
	"time"
)

// ledger is everything the provider knows. Each intent is locked by itself, with
// its charges, refunds and dispute; customers and cards share one lock (wallet).
// Lock order: intent, then wallet, then tables.
type ledger struct {
	customers    *table[*customer]
	methods      *table[*method]
	setups       *table[*setup]
	intents      *table[*intent]
	charges      *table[*charge]
	refunds      *table[*refund]
	disputes     *table[*dispute]
	transactions *table[*transaction]
	payouts      *table[*payout]

	wallet sync.RWMutex // guards customers and methods
	books  sync.Mutex   // guards the payout of transactions
	holds  holdQueue
}

func newLedger() *ledger {
	return &ledger{
		customers:    newTable[*customer](),
		methods:      newTable[*method](),
		setups:       newTable[*setup](),
		intents:      newTable[*intent](),
		charges:      newTable[*charge](),
		refunds:      newTable[*refund](),
		disputes:     newTable[*dispute](),
		transactions: newTable[*transaction](),
		payouts:      newTable[*payout](),
	}
}

func (l *ledger) reset() {
	l.customers.reset()
	l.methods.reset()
	l.setups.reset()
	l.intents.reset()
	l.charges.reset()
	l.refunds.reset()
	l.disputes.reset()
	l.transactions.reset()
	l.payouts.reset()
	l.holds.reset()
}

// States of a PaymentIntent and, as far as they apply, of a SetupIntent.
const (
	needsMethod       = "requires_payment_method"
	needsConfirmation = "requires_confirmation"
	needsAction       = "requires_action"
	needsCapture      = "requires_capture"
	succeeded         = "succeeded"
	canceled          = "canceled"
)

// intent is a PaymentIntent with all that became of it. Amounts are in the
// currency's minor unit.
type intent struct {
	mu sync.Mutex

	id, secret     string
	created        time.Time
	amount         int64
	currency       string
	customer       string
	captureMethod  string // manual, automatic or automatic_async
	description    string
	futureUsage    string
	receiptEmail   string
	suffix         string // of the statement's descriptor
	returnURL      string
	automatic      bool // automatic_payment_methods
	methodTypes    []string
	metadata       map[string]string
	status         string
	method         *method
	lastError      *errorObject
	actionRedirect bool // next_action is a redirect rather than the SDK's
	canceledAt     time.Time
	cancelReason   string

	charge   *charge // the latest attempt
	captured int64   // taken
	released int64   // authorised and given back uncaptured
	refunds  []*refund
	dispute  *dispute
	entries  []entry
}

// capturable is what of the authorisation can still be taken.
func (pi *intent) capturable() int64 {
	if pi.status == needsCapture {
		return pi.amount
	}
	return 0
}

// refunded is what went back, or is on its way back, to the customer.
func (pi *intent) refunded() int64 {
	var sum int64
	for _, r := range pi.refunds {
		if r.status != refundFailed {
			sum += r.amount
		}
	}
	return sum
}

// charge is one attempt at the bank.
type charge struct {
	id           string
	intent       *intent
	created      time.Time
	amount       int64
	method       *method
	decline      *decline // nil: authorised
	authentic    bool     // the customer was seen by the bank
	captured     bool
	held         bool      // authorised for later capture
	captureUntil time.Time // for a hold
	disputed     bool
	transaction  *transaction // of the capture
}

// entry is one line of an intent's story: what happened to how much money, when,
// and by which request.
type entry struct {
	Kind        string    `json:"kind"`
	Amount      int64     `json:"amount"`
	At          time.Time `json:"at"`
	Key         string    `json:"idempotency_key,omitempty"`
	Request     string    `json:"request,omitempty"` // empty: the bank, time, or the simulator's hand
	Object      string    `json:"object,omitempty"`  // charge, refund or dispute
	Transaction string    `json:"balance_transaction,omitempty"`
}

// Kinds of entry.
const (
	entryCreated      = "created"
	entryConfirmed    = "confirmed"
	entryAction       = "action_required"
	entryAuthorised   = "authorised"
	entryDeclined     = "declined"
	entryCaptured     = "captured"
	entryReleased     = "released"
	entryRefunded     = "refunded"
	entryRefundFailed = "refund_failed"
	entryDisputed     = "disputed"
	entryDisputeWon   = "dispute_won"
	entryDisputeLost  = "dispute_lost"
)

// note writes an entry; c is nil when nobody's request caused it.
func (s *simulator) note(pi *intent, c *call, e entry) {
	e.At = s.now().UTC()
	if c != nil {
		e.Key, e.Request = c.key, c.id
	}
	pi.entries = append(pi.entries, e)
}
