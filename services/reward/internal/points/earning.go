package points

// Rule is why an order earns.
type Rule string

// The rules, as stored.
const (
	Member  Rule = "MEMBER"  // who bought
	Leader  Rule = "LEADER"  // the leader's bonus, for the leader's own order
	Inviter Rule = "INVITER" // who invited the one who bought
)

// Earning is what one order earned one customer by one rule, and where its points are now.
type Earning struct {
	OrderID    string `spanner:"OrderId"`
	Rule       Rule   `spanner:"Rule"`
	CustomerID string `spanner:"CustomerId"`
	CampaignID string `spanner:"CampaignId"`
	Points     int64  `spanner:"Points"`     // given
	ClawedBack int64  `spanner:"ClawedBack"` // 0 to Points
	Vested     bool   `spanner:"Vested"`     // what is left is available; before, pending
	JournalID  string `spanner:"JournalId"`  // of the EARN
}

// NewEarning answers an earning with the id of its journal.
func NewEarning(orderID string, rule Rule, customerID, campaignID string, n int64) Earning {
	e := Earning{OrderID: orderID, Rule: rule, CustomerID: customerID, CampaignID: campaignID, Points: n}
	e.JournalID = e.Earn().ID
	return e
}

// Earn gives the points: the customer has them pending, the campaign has given them.
func (e Earning) Earn() Journal {
	return journal(KindEarn, e.CustomerID, e.shown(), e.key(),
		Entry{Account: Campaign, Holder: e.CampaignID, Points: -e.Points},
		Entry{Account: Pending, Holder: e.CustomerID, Points: e.Points})
}

// Left is what refunds have not taken back.
func (e Earning) Left() int64 { return e.Points - e.ClawedBack }

// Vest lets what is left be spent.
func (e Earning) Vest() Journal {
	return journal(KindVest, e.CustomerID, e.shown(), e.key(),
		Entry{Account: Pending, Holder: e.CustomerID, Points: -e.Left()},
		Entry{Account: Available, Holder: e.CustomerID, Points: e.Left()})
}

// Due answers how many points the refunds of an order take back in all that were not taken back before: the refunded share
// of what was given, rounded down, and everything once everything is refunded. refunded and captured are money.
func (e Earning) Due(refunded, captured int64) int64 {
	due := e.Points
	if refunded < captured {
		due = e.Points * refunded / captured
	}
	return max(0, due-e.ClawedBack)
}

// Clawback takes n points back because of a refund, from where they are; available ones may fall below zero.
func (e Earning) Clawback(refundID string, n int64) Journal {
	from := Pending
	if e.Vested {
		from = Available
	}
	return journal(KindClawback, e.CustomerID, e.shown(), append([]string{refundID}, e.key()...),
		Entry{Account: from, Holder: e.CustomerID, Points: -n},
		Entry{Account: Campaign, Holder: e.CampaignID, Points: n})
}

func (e Earning) key() []string { return []string{string(e.Rule), e.OrderID, e.CustomerID} }

// shown is the order that the customer may be told of: never a friend's.
func (e Earning) shown() string {
	if e.Rule == Inviter {
		return ""
	}
	return e.OrderID
}
