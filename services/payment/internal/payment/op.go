package payment

import (
	"time"

	"cloud.google.com/go/spanner"
)

// Kind is what a call changes at the provider.
type Kind string

// The kinds of call. Read changes nothing and has no row.
const (
	Nothing   Kind = ""
	Read      Kind = "READ"
	OpCreate  Kind = "CREATE"
	OpConfirm Kind = "CONFIRM"
	OpCapture Kind = "CAPTURE"
	OpCancel  Kind = "CANCEL"
	OpRefund  Kind = "REFUND"
)

// OpState is where a call stands.
type OpState string

// The states of a call.
const (
	OpStarted OpState = "STARTED" // sent or about to be; may be sent again with its key
	OpDone    OpState = "DONE"
	OpRefused OpState = "REFUSED" // a definite no
	OpSpent   OpState = "SPENT"   // its key answers for a failure, or is too old to be known
)

// Op is a row of PaymentOps: one call that changes something at the provider. Its id is the provider's idempotency key.
//
// A call without an answer is repeated with the same key; after a failure (which the provider stores for the key) or when
// the key is too old, the object is read first and a new op made only if the work was not done.
type Op struct {
	PaymentID  string           `spanner:"PaymentId"`
	ID         string           `spanner:"OpId"`
	Kind       Kind             `spanner:"Kind"`
	State      OpState          `spanner:"State"`
	Amount     int64            `spanner:"Amount"`
	Currency   string           `spanner:"Currency"`
	RefundID   string           `spanner:"RefundId"`
	ProviderID string           `spanner:"ProviderId"`
	Code       string           `spanner:"Code"`
	StartedAt  time.Time        `spanner:"StartedAt"`
	EndedAt    spanner.NullTime `spanner:"EndedAt"`
}

const (
	// keyLife is how long a key is repeated: the provider forgets it after 24 h.
	keyLife = 23 * time.Hour
	// repeatAfter keeps a second create or confirm away from a first that is still under way.
	repeatAfter = 10 * time.Second
)

// Wants is the provider's call that the payment waits for.
func (p Payment) Wants() Kind {
	switch p.State {
	case Created, Unknown:
		return p.wantsHold()
	case Action, Authorised:
		return Read
	case Capturing:
		return OpCapture
	case Voiding:
		if p.IntentID == "" {
			return OpCreate // learn what there is to cancel
		}
		return OpCancel
	case Failed:
		if p.IntentID != "" && p.NextAt.Valid {
			return OpCancel
		}
	case Refunding:
		return OpRefund
	}
	return Nothing
}

func (p Payment) wantsHold() Kind {
	switch {
	case p.IntentID == "":
		return OpCreate
	case p.SavedMethodID != "":
		return OpConfirm
	}
	return Read
}

// Tried tells whether that call was made before, so that the provider has to be read first.
func (c *Change) Tried(k Kind) bool { return c.last(k) >= 0 }

// Begin is the op under which the wanted call k is sent: the one that may be repeated, or a new one with id. False when
// the payment does not want k any more, or when it is too early to repeat it.
func (c *Change) Begin(k Kind, id string) (Op, bool) {
	if c.Payment.Wants() != k {
		return Op{}, false
	}
	if _, asked := c.NextRefund(); k == OpRefund && !asked {
		return Op{}, false
	}
	i := c.last(k)
	if i >= 0 {
		if (k == OpCreate || k == OpConfirm) && c.Now.Sub(c.Ops[i].StartedAt) < repeatAfter {
			return Op{}, false
		}
		if op := &c.Ops[i]; op.State == OpStarted {
			if c.Now.Sub(op.StartedAt) < keyLife {
				return *op, true
			}
			op.State, op.EndedAt, op.Code = OpSpent, at(c.Now), "key too old"
		}
	}
	op := Op{PaymentID: c.Payment.ID, ID: id, Kind: k, State: OpStarted, Currency: c.Payment.Currency, StartedAt: c.Now}
	op.Amount, op.RefundID = c.amount(k)
	c.Ops = append(c.Ops, op)
	return op, true
}

// BeginFirst begins the wanted call where that needs nothing but the payment: it was never made before, so that there is nothing
// to look for, and the provider need not be told of the customer.
func (c *Change) BeginFirst(id string) (Op, bool) {
	switch k := c.Payment.Wants(); {
	case k == Nothing, k == Read, k == OpCreate, c.Tried(k):
		return Op{}, false
	default:
		return c.Begin(k, id)
	}
}

// Repeatable tells whether a call k without an answer can still be repeated with its key.
func (c *Change) Repeatable(k Kind) bool {
	i := c.last(k)
	return i >= 0 && c.Ops[i].State == OpStarted && c.Now.Sub(c.Ops[i].StartedAt) < keyLife
}

func (c *Change) amount(k Kind) (amount int64, refundID string) {
	switch k {
	case OpCreate, OpConfirm:
		return c.Payment.Amount, ""
	case OpCapture:
		return c.Payment.ToCapture, ""
	case OpRefund:
		r, _ := c.NextRefund()
		return r.Amount, r.ID
	}
	return 0, ""
}

// EndOp closes an op that was answered without success. What was done is closed by what is seen.
func (c *Change) EndOp(id string, s OpState, code string) {
	for i := range c.Ops {
		if op := &c.Ops[i]; op.ID == id && op.State == OpStarted {
			op.State, op.Code, op.EndedAt = s, code, at(c.Now)
		}
	}
}

func (c *Change) end(k Kind, s OpState, code string) {
	if i := c.last(k); i >= 0 {
		c.EndOp(c.Ops[i].ID, s, code)
	}
}

// settle closes the op of kind k whose work is seen done: the one that was sent last, also when its answer was a failure.
func (c *Change) settle(k Kind) {
	for i := len(c.Ops) - 1; i >= 0; i-- {
		op := &c.Ops[i]
		if op.Kind != k || op.State == OpRefused {
			continue
		}
		if op.State != OpDone {
			op.State, op.ProviderID, op.EndedAt = OpDone, c.Payment.IntentID, at(c.Now)
		}
		return
	}
}

func (c *Change) settleRefund(refundID, providerID string) {
	for i := len(c.Ops) - 1; i >= 0; i-- {
		op := &c.Ops[i]
		if op.Kind == OpRefund && op.RefundID == refundID && op.State != OpRefused {
			op.State, op.ProviderID, op.EndedAt = OpDone, providerID, at(c.Now)
			return
		}
	}
}

// last is the index of the newest op of kind k (of the refund to be made now, for refunds); -1 when there is none.
func (c *Change) last(k Kind) int {
	r, _ := c.NextRefund()
	for i := len(c.Ops) - 1; i >= 0; i-- {
		if c.Ops[i].Kind == k && (k != OpRefund || c.Ops[i].RefundID == r.ID) {
			return i
		}
	}
	return -1
}
