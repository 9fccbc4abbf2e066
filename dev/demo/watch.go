package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/issho-shop/issho/e2e/shop"
)

// fact is something that a store knows.
type fact struct {
	store string // whose store, and which: "order · Spanner"
	name  string
	read  func(ctx context.Context) (string, error) // "" while there is nothing
}

// watch shows which of its facts have changed since it last looked.
type watch struct {
	facts []fact
	last  map[string]string
}

func (w *watch) show(ctx context.Context, out io.Writer) error {
	now := map[string]string{}
	lines := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range w.facts {
		value, err := f.read(ctx)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", f.store, f.name, err)
		}
		key := f.store + f.name
		now[key] = value
		if before := w.last[key]; value != before {
			fmt.Fprintf(lines, "      %s\t%s\t%s\n", f.store, f.name, change(before, value))
		}
	}
	w.last = now
	return lines.Flush()
}

func change(before, now string) string {
	if before == "" {
		return now
	}
	return before + " → " + now
}

// stock is a SKU's row. A Japanese title would take two columns a letter and spoil the table.
func (p *play) stock(of string, g *shop.Goods) fact {
	return fact{"order · Spanner", "stock of " + of, func(ctx context.Context) (string, error) {
		row, err := p.StockRow(ctx, g.SKU)
		return fmt.Sprintf("%d on hand, %d reserved", row.OnHand, row.Reserved), err
	}}
}

// campaign is a campaign's document.
func (p *play) campaign(g *shop.Goods) fact {
	return fact{"catalog · Firestore", "campaigns/" + short(g.Campaign.GetCampaignId()), func(ctx context.Context) (string, error) {
		version, _, err := p.CampaignDocument(ctx, g.Campaign.GetCampaignId())
		return fmt.Sprintf("version %d", version), err
	}}
}

// cart is a customer's document.
func (p *play) cart(who *shop.Person) fact {
	return fact{"cart · Firestore", name(who) + "'s cart", func(ctx context.Context) (string, error) {
		version, lines, err := p.CartDocument(ctx, who.ID)
		if version == 0 || err != nil {
			return "", err
		}
		return fmt.Sprintf("lines: %d (version %d)", len(lines), version), nil
	}}
}

// purchase is what the stores know of a customer's newest order: the row, its group, its payment, and the provider's ledger.
func (p *play) purchase(who *shop.Person) []fact {
	newest := func(ctx context.Context) (shop.OrderRow, bool, error) {
		orders, err := p.OrdersOf(ctx, who.ID)
		if err != nil || len(orders) == 0 {
			return shop.OrderRow{}, false, err
		}
		return orders[len(orders)-1], true, nil
	}
	of := func(tell func(context.Context, shop.OrderRow) (string, error)) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			o, ok, err := newest(ctx)
			if err != nil || !ok {
				return "", err
			}
			return tell(ctx, o)
		}
	}
	return []fact{
		{"order · Spanner", name(who) + "'s order", of(tellOrder)},
		{"payment · Spanner", name(who) + "'s payment", of(p.tellPayment)},
		{"Stripe · its own ledger", name(who) + "'s card", of(p.tellCharge)},
	}
}

func tellOrder(_ context.Context, o shop.OrderRow) (string, error) {
	return strings.TrimSpace(o.State + " " + o.CancelReason), nil
}

func (p *play) tellPayment(ctx context.Context, o shop.OrderRow) (string, error) {
	rows, err := p.PaymentsOf(ctx, o.CustomerID)
	for _, row := range rows {
		if row.OrderID == o.ID {
			return row.State, err
		}
	}
	return "", err
}

func (p *play) tellCharge(ctx context.Context, o shop.OrderRow) (string, error) {
	charges, err := p.Charges(ctx, o.ID)
	if err != nil || len(charges) == 0 {
		return "", err
	}
	switch c := charges[0]; {
	case c.Captured > 0:
		return thousands(c.Captured) + " yen taken", nil
	case c.Released > 0:
		return thousands(c.Released) + " yen let go", nil
	case c.Capturable > 0:
		return thousands(c.Capturable) + " yen held", nil
	case c.Status == "canceled":
		return "given up, nothing held", nil
	}
	return "nothing held", nil
}

// group is the group of a customer's newest order.
func (p *play) group(leader *shop.Person) fact {
	return fact{"order · Spanner", name(leader) + "'s group", func(ctx context.Context) (string, error) {
		orders, err := p.OrdersOf(ctx, leader.ID)
		if err != nil || len(orders) == 0 {
			return "", err
		}
		row, err := p.GroupRow(ctx, orders[len(orders)-1].GroupID)
		return fmt.Sprintf("%s, %d of %d paid", row.State, row.Confirmed, row.MaxSize), err
	}}
}

// points are what the orders of a campaign have earned.
func (p *play) points(g *shop.Goods, who *shop.Person) fact {
	return fact{"reward · Spanner", name(who) + "'s points", func(ctx context.Context) (string, error) {
		rows, err := p.EarningsOf(ctx, g.Campaign.GetCampaignId())
		var parts []string
		for _, row := range rows {
			if row.CustomerID == who.ID {
				parts = append(parts, fmt.Sprintf("%d as %s", row.Points, strings.ToLower(row.Rule)))
			}
		}
		return strings.Join(parts, " + "), err
	}}
}

// name is a customer's, without what makes it unique.
func name(who *shop.Person) string {
	given, _, _ := strings.Cut(who.ID, "-")
	return strings.ToUpper(given[:1]) + given[1:]
}

// thousands writes an amount as people do.
func thousands(yen int64) string {
	if yen < 1000 {
		return strconv.FormatInt(yen, 10)
	}
	return thousands(yen/1000) + fmt.Sprintf(",%03d", yen%1000)
}

// short is an id's beginning, enough to tell it from others.
func short(id string) string { return id[:min(len(id), 12)] + "…" }

// bold is for a terminal that can.
func bold(text string) string {
	if info, err := os.Stdout.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 || os.Getenv("NO_COLOR") != "" {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}
