package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/issho-shop/issho/e2e/shop"
	"github.com/issho-shop/issho/internal/id"
)

// pileTables are what a purchase leaves in order's database and a later one could meet, parents first; the trail of what
// happened, which is only ever read by an order's own key, is left out. Each with the condition that finds a group's rows.
var pileTables = []struct{ name, of string }{
	{"BuyerGroups", "GroupId = @group"},
	{"Members", "GroupId = @group"},
	{"Orders", "GroupId = @group"},
	{"Reservations", "OrderId IN (SELECT OrderId FROM Orders WHERE GroupId = @group)"},
	{"Requests", "OrderId IN (SELECT OrderId FROM Orders WHERE GroupId = @group)"},
}

const pileRows = 100 // a commit: the work of the emulator grows with the square of a commit, and so it takes 3,500 rows a second instead of 1,500 by thousands

// template is the rows of one purchase, and which of their texts have to be new in each copy.
type template struct {
	rows []stored
	ids  []string
}

type stored struct {
	table   string
	columns []string
	values  []spanner.GenericColumnValue
}

// pile has two customers buy together, and lays copies of what that left in order's database behind it, until so many orders
// are there.
func pile(ctx context.Context, s *shop.Shop, orders int) error {
	t, err := purchase(ctx, s)
	if err != nil {
		return err
	}
	began := time.Now()
	var rows []*spanner.Mutation
	for done := 0; done < orders; done += 2 {
		if rows = append(rows, t.copy()...); len(rows) >= pileRows || done+2 >= orders {
			if err := s.WriteOrders(ctx, rows); err != nil {
				return err
			}
			rows = nil
		}
	}
	fmt.Printf("%d orders laid behind in %s\n", orders, time.Since(began).Round(time.Second))
	return nil
}

// purchase makes the pattern.
func purchase(ctx context.Context, s *shop.Shop) (t template, err error) {
	people, err := prepare(ctx, s, 2)
	if err != nil {
		return t, err
	}
	g, err := s.Sell(ctx, shop.Sale{Title: "昔の品", Price: 1980, Stock: 10, Tiers: []shop.Tier{{Size: 2, Price: 1480}}})
	if err != nil {
		return t, err
	}
	first, err := people[0].Order.Checkout(ctx, people[0].Start(g, 1))
	if err != nil {
		return t, err
	}
	second, err := people[1].Order.Checkout(ctx, people[1].Join(first.GetInvite(), g, 1))
	if err != nil {
		return t, err
	}
	if err := s.Drained(ctx, time.Minute); err != nil {
		return t, err
	}
	group := first.GetGroup().GetGroupId()
	t.ids = []string{group, first.GetOrder().GetOrderId(), second.GetOrder().GetOrderId(), people[0].ID, people[1].ID}
	return t, t.read(ctx, s, group)
}

func (t *template) read(ctx context.Context, s *shop.Shop, group string) error {
	for _, table := range pileTables {
		rows, err := s.OrderRows(ctx, spanner.Statement{SQL: "SELECT * FROM " + table.name + " WHERE " + table.of, Params: map[string]any{"group": group}})
		if err != nil {
			return err
		}
		for _, row := range rows {
			one, err := kept(table.name, row)
			if err != nil {
				return err
			}
			t.rows = append(t.rows, one)
		}
	}
	return nil
}

// generated is the one column that the database fills itself, and takes from nobody.
const generated = "Heat"

// kept is a row as it can be written again.
func kept(table string, row *spanner.Row) (stored, error) {
	one := stored{table: table}
	for i, column := range row.ColumnNames() {
		if column == generated {
			continue
		}
		var v spanner.GenericColumnValue
		if err := row.Column(i, &v); err != nil {
			return one, err
		}
		one.columns, one.values = append(one.columns, column), append(one.values, v)
	}
	return one, nil
}

// copy answers the rows of one more such purchase.
func (t *template) copy() []*spanner.Mutation {
	var pairs []string
	for _, old := range t.ids {
		prefix, _, _ := strings.Cut(old, "_")
		pairs = append(pairs, old, id.New(prefix[:3]))
	}
	renamed := strings.NewReplacer(pairs...)
	rows := make([]*spanner.Mutation, 0, len(t.rows))
	for _, row := range t.rows {
		values := make([]any, len(row.values))
		for i, v := range row.values {
			if text, ok := v.Value.GetKind().(*structpb.Value_StringValue); ok {
				v.Value = structpb.NewStringValue(renamed.Replace(text.StringValue))
			}
			if row.columns[i] == "RequestId" {
				v.Value = structpb.NewStringValue(uuid.NewString())
			}
			values[i] = v
		}
		rows = append(rows, spanner.Insert(row.table, row.columns, values))
	}
	return rows
}
