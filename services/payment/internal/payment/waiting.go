package payment

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Waiting is how many payments are in a state and wait to be advanced.
type Waiting struct {
	State  State            `spanner:"State"`
	Count  int64            `spanner:"N"`
	Since  spanner.NullTime `spanner:"Since"`  // of the oldest
	Ending int64            `spanner:"Ending"` // of them, those whose hold ends soon
}

// Age is how long the oldest has waited; 0 when none does.
func (w Waiting) Age(now time.Time) time.Duration {
	if !w.Since.Valid {
		return 0
	}
	return max(0, now.Sub(w.Since.Time))
}

// waits are the states that wait for the provider, or for a hold's end.
var waits = []State{Created, Action, Unknown, Authorised, Capturing, Voiding, Refunding}

// ListWaiting answers, for each state that waits, how many payments are in it; Ending are the holds that the provider lets
// go of between now and then.
func ListWaiting(ctx context.Context, r spandb.Reader, now, then time.Time) ([]Waiting, error) {
	stmt := spanner.NewStatement(`@{spanner_emulator.disable_query_null_filtered_index_check=true}
SELECT State, COUNT(*) AS N, MIN(StateAt) AS Since, COUNTIF(State IN ('AUTHORISED', 'CAPTURING') AND CaptureBefore > @now AND CaptureBefore <= @then) AS Ending
FROM Payments@{FORCE_INDEX=PaymentsByNext}
WHERE Shard BETWEEN 0 AND 15 AND NextAt <= @looked
GROUP BY State`)
	stmt.Params["now"], stmt.Params["then"], stmt.Params["looked"] = now, then, then.Add(time.Minute)
	rows, err := spandb.All[Waiting](ctx, r, "payments_waiting", stmt)
	if err != nil {
		return nil, err
	}
	found := map[State]Waiting{}
	for _, row := range rows {
		found[row.State] = row
	}
	all := make([]Waiting, 0, len(waits))
	for _, s := range waits {
		w := found[s]
		w.State = s
		all = append(all, w)
	}
	return all, nil
}
