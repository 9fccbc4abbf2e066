package group

import (
	"context"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/issho-shop/issho/internal/spandb"
)

// Read answers a group, and whether there is one.
func Read(ctx context.Context, r spandb.Reader, id string) (*Group, bool, error) {
	g, ok, err := spandb.Get[Group](ctx, r, "BuyerGroups", spanner.Key{id})
	return &g, ok, err
}

// Write returns the mutation that stores the group.
func (g *Group) Write() (*spanner.Mutation, error) {
	return spanner.InsertOrUpdateStruct("BuyerGroups", g)
}

// ReadMember answers a user's seat in a group, and whether there ever was one.
func ReadMember(ctx context.Context, r spandb.Reader, group, user string) (*Member, bool, error) {
	m, ok, err := spandb.Get[Member](ctx, r, "Members", spanner.Key{group, user})
	return &m, ok, err
}

// Write returns the mutation that stores the seat.
func (m *Member) Write() (*spanner.Mutation, error) {
	return spanner.InsertOrUpdateStruct("Members", m)
}

// Successor answers the earliest confirmed member but the one given; empty when there is none.
func Successor(ctx context.Context, r spandb.Reader, group, but string) (string, error) {
	m, _, err := spandb.One[Member](ctx, r, "successor", spanner.Statement{
		SQL: `SELECT UserId FROM Members WHERE GroupId = @group AND UserId != @but AND State = 'CONFIRMED'
			ORDER BY ConfirmedAt, UserId LIMIT 1`,
		Params: map[string]any{"group": group, "but": but},
	})
	return m.UserID, err
}

// Undecided answers up to limit members whom the group's outcome has not reached, by user id above the one given.
func Undecided(ctx context.Context, r spandb.Reader, group, after string, limit int64) ([]Member, error) {
	return spandb.All[Member](ctx, r, "undecided_members", spanner.Statement{
		SQL: `SELECT GroupId, UserId, OrderId, State, Decided, JoinedAt, ConfirmedAt FROM Members
			WHERE GroupId = @group AND UserId > @after AND NOT Decided ORDER BY UserId LIMIT @limit`,
		Params: map[string]any{"group": group, "after": after, "limit": limit},
	})
}

// ReadSlot answers a user's open membership in a campaign, and whether there is one.
func ReadSlot(ctx context.Context, r spandb.Reader, user, campaign string) (Slot, bool, error) {
	return spandb.Get[Slot](ctx, r, "Slots", spanner.Key{user, campaign})
}

// Write returns the mutation that takes the slot.
func (s Slot) Write() (*spanner.Mutation, error) { return spanner.InsertOrUpdateStruct("Slots", s) }

// FreeSlot returns the mutation that frees a user's slot in a campaign.
func FreeSlot(user, campaign string) *spanner.Mutation {
	return spanner.Delete("Slots", spanner.Key{user, campaign})
}

// OpenSlots counts a user's open memberships.
func OpenSlots(ctx context.Context, r spandb.Reader, user string) (int64, error) {
	row, _, err := spandb.One[struct{ N int64 }](ctx, r, "open_slots", spanner.Statement{
		SQL: `SELECT COUNT(*) AS N FROM Slots WHERE UserId = @user`, Params: map[string]any{"user": user},
	})
	return row.N, err
}

// JoinableOf answers up to limit groups of a campaign that can be joined, those nearest to forming first.
func JoinableOf(ctx context.Context, r spandb.Reader, campaign string, now time.Time, limit int64) ([]*Group, error) {
	ids, err := spandb.All[struct{ GroupId string }](ctx, r, "joinable_groups", spanner.Statement{
		SQL: `SELECT GroupId FROM BuyerGroups@{FORCE_INDEX=GroupsByCampaign}
			WHERE CampaignId = @campaign AND State IN ('OPEN', 'FORMED') AND Deadline > @now AND Held + Confirmed < MaxSize
			ORDER BY Confirmed DESC, Deadline, GroupId LIMIT @limit`,
		Params: map[string]any{"campaign": campaign, "now": now, "limit": limit},
	})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	keys := make([]spanner.KeySet, 0, len(ids))
	for _, id := range ids {
		keys = append(keys, spanner.Key{id.GroupId})
	}
	return inOrder(ctx, r, keys)
}

func inOrder(ctx context.Context, r spandb.Reader, keys []spanner.KeySet) ([]*Group, error) {
	rows, err := spandb.Rows[Group](ctx, r, "BuyerGroups", spanner.KeySets(keys...))
	if err != nil {
		return nil, err
	}
	byID := map[string]*Group{}
	for i := range rows {
		byID[rows[i].GroupID] = &rows[i]
	}
	var groups []*Group
	for _, k := range keys {
		if g := byID[k.(spanner.Key)[0].(string)]; g != nil {
			groups = append(groups, g)
		}
	}
	return groups, nil
}

// Of answers the groups of the ids given, in their order; absent ones are left out.
func Of(ctx context.Context, r spandb.Reader, ids []string) ([]*Group, error) {
	keys := make([]spanner.KeySet, 0, len(ids))
	for _, id := range ids {
		keys = append(keys, spanner.Key{id})
	}
	return inOrder(ctx, r, keys)
}

// DueBy answers up to limit groups that the clock changes by the time given.
func DueBy(ctx context.Context, r spandb.Reader, now time.Time, limit int64) ([]string, error) {
	return ids(ctx, r, "due_groups", `SELECT GroupId FROM BuyerGroups@{FORCE_INDEX=GroupsByDue}
		WHERE DueShard IS NOT NULL AND DueShard BETWEEN 0 AND 15 AND DueAt <= @now LIMIT @limit`,
		map[string]any{"now": now, "limit": limit})
}

// FanningOut answers up to limit groups whose outcome has not reached all of their members.
func FanningOut(ctx context.Context, r spandb.Reader, limit int64) ([]string, error) {
	return ids(ctx, r, "fan_out_groups", `SELECT GroupId FROM BuyerGroups@{FORCE_INDEX=GroupsByFanOut}
		WHERE FanOutShard IS NOT NULL AND FanOutShard BETWEEN 0 AND 15 LIMIT @limit`, map[string]any{"limit": limit})
}

func ids(ctx context.Context, r spandb.Reader, tag, sql string, params map[string]any) ([]string, error) {
	rows, err := spandb.All[struct{ GroupId string }](ctx, r, tag, spanner.Statement{SQL: sql, Params: params})
	out := make([]string, 0, len(rows))
	for _, row := range rows {
		out = append(out, row.GroupId)
	}
	return out, err
}
