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
func SeatsOf(ctx context.Context, r spandb.Reader, user string, before Cursor, limit int64) ([]Seat, error) {
	if before.JoinedAt.IsZero() {
		before.JoinedAt = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	keys, err := spandb.All[struct{ GroupId string }](ctx, r, "seats_of", spanner.Statement{
		SQL: `SELECT GroupId FROM Members@{FORCE_INDEX=MembersByUser} WHERE UserId = @user
			AND (JoinedAt < @at OR (JoinedAt = @at AND GroupId > @group)) ORDER BY JoinedAt DESC, GroupId LIMIT @limit`,
		Params: map[string]any{"user": user, "at": before.JoinedAt, "group": before.GroupID, "limit": limit},
	})
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	var ids []string
	var members []spanner.KeySet
	for _, k := range keys {
		ids = append(ids, k.GroupId)
		members = append(members, spanner.Key{k.GroupId, user})
	}
	groups, err := Of(ctx, r, ids)
	if err != nil {
		return nil, err
	}
	rows, err := spandb.Rows[Member](ctx, r, "Members", spanner.KeySets(members...))
	if err != nil {
		return nil, err
	}
	byGroup := map[string]Member{}
	for _, m := range rows {
		byGroup[m.GroupID] = m
	}
	seats := make([]Seat, 0, len(groups))
	for _, g := range groups {
		seats = append(seats, Seat{Member: byGroup[g.GroupID], Group: g})
	}
	return seats, nil
}
