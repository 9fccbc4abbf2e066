package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/issho-shop/issho/e2e/shop"
)

// trace shows the checkout that settled the group, with all that followed, as a tree.
func (p *play) trace(ctx context.Context) error {
	var spans []shop.Span
	err := shop.Until(ctx, 40*time.Second, func(ctx context.Context) (err error) {
		if spans, err = p.Spans(ctx, p.settled); err != nil {
			return err
		}
		for _, s := range spans {
			if s.Service == "reward" && strings.Contains(s.Name, "order.paid") {
				return nil
			}
		}
		return errors.New("the trace has not arrived")
	})
	if err != nil {
		return err
	}
	fmt.Printf("\n%s\nfrom the app's call to the points, without the stores' own spans (all of it: scripts/dev trace %s)\n\n", bold("Taro's checkout is one trace"), p.settled)
	t := newTree(spans)
	t.write("", "  ")
	return t.out.Flush()
}

// tree is a trace without what is of no interest; what hangs below that hangs higher up.
type tree struct {
	out      *tabwriter.Writer
	zero     time.Time
	children map[string][]shop.Span // by parent; "" is the top
}

func newTree(spans []shop.Span) tree {
	t := tree{out: tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0), zero: spans[0].Start, children: map[string][]shop.Span{}}
	byID := map[string]shop.Span{}
	for _, s := range spans {
		byID[s.ID] = s
	}
	for _, s := range spans {
		if !telling(s) {
			continue
		}
		above, known := byID[s.Parent]
		for known && !telling(above) {
			above, known = byID[above.Parent]
		}
		t.children[above.ID] = append(t.children[above.ID], s)
	}
	return t
}

// telling are the ways into a service and to the provider, and the moves on.
func telling(s shop.Span) bool {
	switch s.Kind {
	case "SERVER", "CONSUMER":
		return true
	case "CLIENT":
		return strings.HasPrefix(s.Name, "stripe ")
	}
	return false
}

func (t tree) write(parent, indent string) {
	list := t.children[parent]
	for i, s := range list {
		twig, deeper := "├─ ", "│  "
		if i == len(list)-1 {
			twig, deeper = "└─ ", "   "
		}
		if parent == "" {
			twig, deeper = "", ""
		}
		fmt.Fprintf(t.out, "%s%s%-8s %s\t+%d ms\t%.1f ms\n", indent, twig, s.Service, named(s), s.Start.Sub(t.zero).Milliseconds(), s.DurationMS)
		t.write(s.ID, indent+deeper)
	}
}

// named is the method without its package.
func named(s shop.Span) string {
	name := s.Name[strings.LastIndex(s.Name, "/")+1:]
	if s.Service == "gateway" {
		name = "Envoy " + name
	}
	return name
}
