package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/issho-shop/issho/e2e/shop"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
)

// restWithin is how long everything may take to come to rest when the provider is well again: the pause between two looks is
// at most a minute, and one may just have begun.
const restWithin = 5 * time.Minute

// account waits until nothing is under way and renders account of all money: how payments ended, how long what was unknown
// stayed so, the books, and the invariants. Any difference is an error.
func (t *tempest) account(ctx context.Context) error {
	began := time.Now()
	if err := shop.Until(ctx, restWithin, t.settled); err != nil {
		return fmt.Errorf("not everything came to rest: %w", err)
	}
	fmt.Printf("\nAt rest %.1f s after the provider was well again.\n", time.Since(began).Seconds())
	steps, err := t.PaymentSteps(ctx, t.began)
	if err != nil {
		return err
	}
	printStates(os.Stdout, steps)
	printWaits(os.Stdout, steps, t.calmed)
	findings, err := t.AtRest(ctx, 2*time.Minute)
	if err != nil {
		return err
	}
	differences, err := t.settleBooks(ctx)
	if err != nil {
		return err
	}
	twice, err := t.chargedTwice(ctx)
	if err != nil {
		return err
	}
	bad := shop.Print(os.Stdout, findings)
	fmt.Printf("second charges: %d, differences with the provider: %d, violated invariants: %d\n", twice, differences, bad)
	if bad > 0 || differences > 0 || twice > 0 || t.odd() > 0 {
		return errors.New("it does not hold")
	}
	return nil
}

// waiting are the states that end by themselves.
var waiting = []string{"CREATED", "UNKNOWN", "CAPTURING", "VOIDING", "REFUNDING"}

// settled is an error while a payment is on its way.
func (t *tempest) settled(ctx context.Context) error {
	time.Sleep(time.Second) // each look counts every payment
	left, err := t.PaymentsByState(ctx)
	if err != nil {
		return err
	}
	maps.DeleteFunc(left, func(state string, _ int) bool { return !slices.Contains(waiting, state) })
	unfinished, err := t.UnfinishedOrders(ctx)
	if err != nil {
		return err
	}
	work, err := t.openWork(ctx)
	if err != nil {
		return err
	}
	if left["REFUNDING"] <= work { // what somebody has to decide stays so
		delete(left, "REFUNDING")
	}
	if len(left) > 0 || unfinished > 0 {
		return fmt.Errorf("payments are %v, and %d orders wait for theirs", left, unfinished)
	}
	return nil
}

func (t *tempest) operator(ctx context.Context) (*shop.Person, error) {
	return t.Person(ctx, shop.JSON, shop.Account{ID: "operator", Operator: true})
}

// openWork counts what waits for an operator.
func (t *tempest) openWork(ctx context.Context) (n int, err error) {
	operator, err := t.operator(ctx)
	if err != nil {
		return 0, err
	}
	req := &paymentv1.ListManualWorkRequest{Reason: "a storm of payments", PageSize: 200}
	for {
		res, err := operator.Books.ListManualWork(ctx, req)
		page := res.GetWork()
		if n += len(page); err != nil || len(page) < int(req.GetPageSize()) {
			return n, err
		}
		req.After = page[len(page)-1].GetWorkId()
	}
}

// printStates counts how payments ended.
func printStates(out io.Writer, steps []shop.PaymentStep) {
	ended := map[string]int{}
	for i, s := range steps {
		if i+1 == len(steps) || steps[i+1].PaymentID != s.PaymentID {
			ended[s.To]++
		}
	}
	fmt.Fprintln(out, "\nHow payments ended:")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, state := range slices.Sorted(maps.Keys(ended)) {
		fmt.Fprintf(w, "  %s\t%d\n", state, ended[state])
	}
	_ = w.Flush() // the terminal has gone
}

// printWaits tells how long payments stayed in the states that end by themselves. An unknown one that was cancelled meanwhile
// goes on being unknown while it is voided. What was unknown when the provider was well again is told by itself, from then on.
func printWaits(out io.Writer, steps []shop.PaymentStep, calmed time.Time) {
	const after = "UNKNOWN after it"
	took := map[string][]time.Duration{}
	for i, s := range steps {
		if !slices.Contains(waiting[1:], s.To) {
			continue
		}
		for _, next := range steps[i+1:] {
			if next.PaymentID != s.PaymentID {
				break
			}
			if next.To != s.To && (s.To != "UNKNOWN" || next.To != "VOIDING") {
				took[s.To] = append(took[s.To], next.At.Sub(s.At))
				if s.To == "UNKNOWN" && next.At.After(calmed) {
					took[after] = append(took[after], next.At.Sub(calmed))
				}
				break
			}
		}
	}
	fmt.Fprintln(out, "\nHow long it took:")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "STATE\tTIMES\tP50\tP99\tMOST\t")
	for _, state := range append([]string{after}, waiting[1:]...) {
		if all := slices.Sorted(slices.Values(took[state])); len(all) > 0 {
			fmt.Fprintf(w, "%s\t%d\t%d ms\t%d ms\t%d ms\t\n", state, len(all), at(all, 50), at(all, 99), all[len(all)-1].Milliseconds())
		}
	}
	_ = w.Flush() // the terminal has gone
}

// settleBooks has the provider pay out, matches the payout to its end, prints the trial balance, and answers how many
// differences there are.
func (t *tempest) settleBooks(ctx context.Context) (differences int, err error) {
	if err := t.PayOut(ctx); err != nil {
		return 0, err
	}
	operator, err := t.operator(ctx)
	if err != nil {
		return 0, err
	}
	var reports []*paymentv1.Settlement
	err = shop.Until(ctx, restWithin, func(ctx context.Context) error {
		if err := t.Tick(ctx, "payment-settle"); err != nil { // a run that was cut off goes on here
			return err
		}
		res, err := operator.Books.ListSettlements(ctx, &paymentv1.ListSettlementsRequest{Reason: "a storm of payments", PageSize: 5})
		if reports = res.GetSettlements(); err != nil {
			return err
		}
		if len(reports) == 0 || slices.ContainsFunc(reports, func(s *paymentv1.Settlement) bool { return !s.GetDone() }) {
			return errors.New("the payout is not matched to its end")
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, s := range reports {
		fmt.Printf("\nPayout %s: %d yen, %d movements, %d matched, %d differences\n",
			s.GetPayoutId(), s.GetAmount().GetAmount(), s.GetMovements(), s.GetMatched(), len(s.GetDifferences()))
		differences += len(s.GetDifferences())
	}
	balance, err := operator.Books.GetTrialBalance(ctx, &paymentv1.GetTrialBalanceRequest{Reason: "a storm of payments"})
	if err != nil {
		return 0, err
	}
	return differences, printBalance(os.Stdout, balance.GetAccounts())
}

// printBalance prints the trial balance; one whose sides differ is an error.
func printBalance(out io.Writer, accounts []*paymentv1.AccountBalance) error {
	var debit, credit int64
	fmt.Fprintln(out, "\nTrial balance, in yen:")
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "ACCOUNT\tDEBIT\tCREDIT\t")
	for _, a := range accounts {
		debit, credit = debit+a.GetDebit().GetAmount(), credit+a.GetCredit().GetAmount()
		fmt.Fprintf(w, "%s\t%d\t%d\t\n", a.GetAccount(), a.GetDebit().GetAmount(), a.GetCredit().GetAmount())
	}
	fmt.Fprintf(w, "sum\t%d\t%d\t\n", debit, credit)
	if err := w.Flush(); err != nil {
		return err
	}
	if debit != credit {
		return fmt.Errorf("the trial balance is out by %d", debit-credit)
	}
	fmt.Fprintln(out)
	return nil
}

// chargedTwice counts the orders for which the provider has held money more than once.
func (t *tempest) chargedTwice(ctx context.Context) (twice int, err error) {
	charges, err := t.Charges(ctx, "")
	if err != nil {
		return 0, err
	}
	held := map[string]int{}
	for _, c := range charges {
		held[c.Metadata["order_id"]] += c.Times("authorised")
	}
	for _, n := range held {
		if n > 1 {
			twice++
		}
	}
	return twice, nil
}
