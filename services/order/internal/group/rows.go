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

// Write returns the mutation that stores the group. A new one never takes the place of another.
func (g *Group) Write() (*spanner.Mutation, error) {
	if g.fresh {
		return spanner.InsertStruct("BuyerGroups", g)
	}
	return spanner.InsertOrUpdateStruct("BuyerGroups", g)
}

// SeatKey names a user's seat in a group.
type SeatKey struct{ GroupID, UserID string }

// Members answers those of the seats given that were ever taken.
func Members(ctx context.Context, r spandb.Reader, seats []SeatKey) (map[SeatKey]*Member, error) {
	keys := make([]spanner.KeySet, 0, len(seats))
	for _, s := range seats {
		keys = append(keys, spanner.Key{s.GroupID, s.UserID})
	}
	rows, err := spandb.Rows[Member](ctx, r, "Members", spanner.KeySets(keys...))
	taken := make(map[SeatKey]*Member, len(rows))
	for i := range rows {
		taken[SeatKey{rows[i].GroupID, rows[i].UserID}] = &rows[i]
	}
	return taken, err
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

// After answers the first limit members of a group whose user id is above the one given, in its order.
func After(ctx context.Context, r spandb.Reader, group, user string, limit int) ([]Member, error) {
	return spandb.Range[Member](ctx, r, "Members",
		spanner.KeyRange{Start: spanner.Key{group, user}, End: spanner.Key{group}, Kind: spanner.OpenClosed}, limit)
}

// SlotsOf answers the open memberships of the users given, by user.
func SlotsOf(ctx context.Context, r spandb.Reader, users []string) (map[string]*Slots, error) {
	keys := make([]spanner.KeySet, 0, len(users))
	for _, user := range users {
		keys = append(keys, spanner.Key{user}.AsPrefix())
	}
	rows, err := spandb.Rows[Slot](ctx, r, "Slots", spanner.KeySets(keys...))
	taken := make(map[string]*Slots, len(users))
	for _, user := range users {
		taken[user] = &Slots{}
	}
	for _, slot := range rows {
		*taken[slot.UserID] = append(*taken[slot.UserID], slot)
	}
	return taken, err
}

// Write returns the mutation that takes the slot.
func (s Slot) Write() (*spanner.Mutation, error) { return spanner.InsertOrUpdateStruct("Slots", s) }

// FreeSlot returns the mutation that frees a user's slot in a campaign.
func FreeSlot(user, campaign string) *spanner.Mutation {
	return spanner.Delete("Slots", spanner.Key{user, campaign})
}

// Hot is a place among a campaign's groups that can be joined, those with most members first.
type Hot struct {
	Heat     int64     `spanner:"Heat"`
	Deadline time.Time `spanner:"Deadline"`
	GroupID  string    `spanner:"GroupId"`
}

// JoinableOf answers up to limit groups of a campaign after the place given that have a free seat, those with most members
// first, and of equals those that end first. A nil place is the start. Some may be past their deadline and not swept yet.
func JoinableOf(ctx context.Context, r spandb.Reader, campaign string, after *Hot, limit int) ([]Hot, error) {
	from := spanner.KeyRange{Start: spanner.Key{campaign}, End: spanner.Key{campaign}, Kind: spanner.ClosedClosed}
	if after != nil {
		from.Start, from.Kind = spanner.Key{campaign, after.Heat, after.Deadline, after.GroupID}, spanner.OpenClosed
	}
	return spandb.Index[Hot](ctx, r, "BuyerGroups", "GroupsByHeat", from, limit)
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

// ReadAll answers those of the groups given that there are, by id.
func ReadAll(ctx context.Context, r spandb.Reader, ids []string) (map[string]*Group, error) {
	groups, err := Of(ctx, r, ids)
	byID := make(map[string]*Group, len(groups))
	for _, g := range groups {
		byID[g.GroupID] = g
	}
	return byID, err
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
func DueBy(ctx context.Context, r spandb.Reader, now time.Time, limit int) ([]string, error) {
	return ids(ctx, r, "GroupsByDue", func(shard int64) spanner.KeyRange {
		return spanner.KeyRange{Start: spanner.Key{shard}, End: spanner.Key{shard, now}, Kind: spanner.ClosedClosed}
	}, limit)
}

// FanningOut answers up to limit groups whose outcome has not reached all of their members.
func FanningOut(ctx context.Context, r spandb.Reader, limit int) ([]string, error) {
	return ids(ctx, r, "GroupsByFanOut", func(shard int64) spanner.KeyRange {
		return spanner.KeyRange{Start: spanner.Key{shard}, End: spanner.Key{shard}, Kind: spanner.ClosedClosed}
	}, limit)
}

func ids(ctx context.Context, r spandb.Reader, index string, between func(shard int64) spanner.KeyRange, limit int) ([]string, error) {
	rows, err := spandb.Sharded[struct{ GroupId string }](ctx, r, "BuyerGroups", index, between, limit)
	out := make([]string, 0, len(rows))
	for _, row := range rows {
		out = append(out, row.GroupId)
	}
	return out, err
}

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

// Cursor is that of the page which ends with a seat.
func (s Seat) Cursor() Cursor { return Cursor{s.Member.JoinedAt, s.Member.GroupID} }

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
