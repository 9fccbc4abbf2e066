// Package programme holds what campaigns give in points, and their budgets. Given never exceeds the budget: an exhausted
// programme gives nothing more, and refunds give room again. Operators change a programme, each time as a new version
// with an audit row.
package programme

import (
	"strconv"
	"time"

	"github.com/issho-shop/issho/internal/fault"
)

// Programme is what one campaign gives for each paid order of a settled group.
type Programme struct {
	CampaignID    string `spanner:"CampaignId"`
	Version       int64  `spanner:"Version"`
	MemberPoints  int64  `spanner:"MemberPoints"`
	LeaderPoints  int64  `spanner:"LeaderPoints"`
	InviterPoints int64  `spanner:"InviterPoints"`
	Budget        int64  `spanner:"Budget"`
	Given         int64  `spanner:"Given"` // 0 to Budget
}

// Change is who changed a programme, by what and why.
type Change struct {
	Actor, Method, Trace, Reason string
	At                           time.Time
}

// Give takes n points from the budget. It answers false, and takes nothing, when there is nothing to give or it is more than
// the budget has left.
func (p *Programme) Give(n int64) bool {
	if n <= 0 || n > p.Budget-p.Given {
		return false
	}
	p.Given += n
	return true
}

// TakeBack returns n points to the budget.
func (p *Programme) TakeBack(n int64) { p.Given -= n }

// Put replaces what an operator decides, as a new version; FIELD_INVALID when the budget would be below what is given.
func (p *Programme) Put(to Programme) error {
	if to.Budget < p.Given {
		return fault.Field("programme.budget", "at least the "+strconv.FormatInt(p.Given, 10)+" points already given")
	}
	to.CampaignID, to.Given, to.Version = p.CampaignID, p.Given, p.Version+1
	*p = to
	return nil
}
