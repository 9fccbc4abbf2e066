package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/issho-shop/issho/e2e/shop"
)

const (
	created   = "/v1/payment_intents"
	confirmed = "/v1/payment_intents/*/confirm"
	captured  = "/v1/payment_intents/*/capture"
	cancelled = "/v1/payment_intents/*/cancel"
	refunded  = "/v1/refunds"
	read      = "/v1/payment_intents/*"
)

// faults is what goes wrong between payment and the provider. Of the calls that move money three in ten are never answered, two
// thirds of them after the work was done; of the others some fail in each way that there is. The first that strikes has the call.
var faults = slices.Concat(
	timeouts(confirmed), timeouts(captured), timeouts(cancelled), timeouts(refunded),
	[]shop.Fault{
		{Kind: "decline", Path: confirmed, Probability: .08},
		{Kind: "action", Path: confirmed, Probability: .06},
		{Kind: "reset", When: "after", Path: confirmed, Probability: .04},
		{Kind: "error", When: "after", Path: confirmed, Probability: .04},
		{Kind: "error", When: "before", Path: confirmed, Probability: .03},
		{Kind: "garbage", Path: confirmed, Probability: .02},
		{Kind: "rate_limit", Path: confirmed, Probability: .03},
		{Kind: "delay", Path: confirmed, Probability: .05, DelayMS: 400},

		{Kind: "timeout", When: "after", Path: created, Probability: .02},
		{Kind: "timeout", When: "before", Path: created, Probability: .01},
		{Kind: "error", When: "after", Path: created, Probability: .03},
		{Kind: "error", When: "before", Path: created, Probability: .02},
		{Kind: "garbage", Path: created, Probability: .02},

		{Kind: "decline", Path: captured, Probability: .01},
		{Kind: "error", When: "after", Path: captured, Probability: .06},
		{Kind: "error", When: "before", Path: captured, Probability: .03},
		{Kind: "garbage", Path: captured, Probability: .02},
		{Kind: "rate_limit", Path: captured, Probability: .03},

		{Kind: "error", When: "after", Path: cancelled, Probability: .06},
		{Kind: "garbage", Path: cancelled, Probability: .02},

		{Kind: "decline", Path: refunded, Probability: .03},
		{Kind: "error", When: "after", Path: refunded, Probability: .06},
		{Kind: "garbage", Path: refunded, Probability: .02},

		{Kind: "error", When: "before", Method: "GET", Path: read, Probability: .05},
	},
)

// timeouts take three in ten calls of one path: two after the work was done, one of the other eight before it.
func timeouts(path string) []shop.Fault {
	return []shop.Fault{
		{Kind: "timeout", When: "after", Path: path, Probability: .2},
		{Kind: "timeout", When: "before", Path: path, Probability: .125},
	}
}

// misfortunes is what goes wrong on the way of the provider's notices.
var misfortunes = []shop.NoticeRule{
	{Kind: "drop", Probability: .2},
	{Kind: "repeat", Times: 3, Probability: .2},
	{Kind: "delay", DelayMS: 2000, Probability: .2},
	{Kind: "reorder", Size: 5, Probability: .2},
}

// rouse makes the provider hostile.
func (t *tempest) rouse(ctx context.Context) error {
	for i, f := range faults {
		if f.Method == "" {
			f.Method = "POST"
		}
		f.Seed = t.options.seed + uint64(i)
		if _, err := t.Fail(ctx, f); err != nil {
			return err
		}
	}
	for i, r := range misfortunes {
		r.Seed = t.options.seed + uint64(i)
		if err := t.Misfortune(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// hits is what went wrong, and how often.
type hits struct {
	faults  []shop.Fault
	notices []shop.NoticeRule
}

// calm ends the provider's hostility, also when the storm was stopped.
func (t *tempest) calm(ctx context.Context) (h hits, err error) {
	h.faults, h.notices, err = t.Calm(context.WithoutCancel(ctx))
	return h, err
}

func (h hits) print(out io.Writer) {
	fmt.Fprintln(out, "\nWhat the provider did:")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range h.faults {
		fmt.Fprintf(w, "  %s %s\t%s\t%d times\n", f.Kind, f.When, f.Path, f.Hits)
	}
	for _, r := range h.notices {
		fmt.Fprintf(w, "  %s\twebhooks\t%d times\n", r.Kind, r.Hits)
	}
	_ = w.Flush() // the terminal has gone
}
