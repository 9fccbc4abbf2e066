package group

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Cursor is a place in a user's groups, those joined last first.
type Cursor struct {
	JoinedAt time.Time
	GroupID  string
}

// Seat is a user's place in a group.
type Seat struct {
	Member Member
	Group  *Group
}

// SeatsOf answers up to limit seats of a user that were taken before the cursor. A zero cursor is the start.
func SeatsOf(ctx context.Context, r spandb.Reader, user string, before Cursor, limit int) ([]Seat, error) {
	from := spanner.KeyRange{Start: spanner.Key{user}, End: spanner.Key{user}, Kind: spanner.ClosedClosed}
	if before.GroupID != "" {
		from.Start, from.Kind = spanner.Key{user, before.JoinedAt, before.GroupID}, spanner.OpenClosed
	}
	found, err := spandb.Index[struct{ GroupId string }](ctx, r, "Members", "MembersByUser", from, limit)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	var ids []string
	var keys []SeatKey
	for _, f := range found {
		ids = append(ids, f.GroupId)
		keys = append(keys, SeatKey{f.GroupId, user})
	}
	groups, err := Of(ctx, r, ids)
	if err != nil {
		return nil, err
	}
	members, err := Members(ctx, r, keys)
	seats := make([]Seat, 0, len(groups))
	for _, g := range groups {
		if m := members[SeatKey{g.GroupID, user}]; m != nil {
			seats = append(seats, Seat{Member: *m, Group: g})
		}
	}
	return seats, err
}
