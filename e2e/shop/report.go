package shop

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
)

// AtRest verifies until nothing is violated, or patience is over: what is under way comes to rest by itself.
func (s *Shop) AtRest(ctx context.Context, patience time.Duration) ([]*typev1.Finding, error) {
	until := time.Now().Add(patience)
	for {
		findings, err := s.Verify(ctx)
		violated := slices.ContainsFunc(findings, func(f *typev1.Finding) bool { return f.GetViolationCount() > 0 })
		if err != nil || !violated || time.Now().After(until) {
			return findings, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(2 * time.Second):
		}
	}
}

// Print writes one line for each finding, and its violations below it. It answers how many are violated.
func Print(out io.Writer, findings []*typev1.Finding) (violated int) {
	findings = merged(findings)
	slices.SortStableFunc(findings, func(a, b *typev1.Finding) int {
		return cmp.Or(cmp.Compare(number(a), number(b)), strings.Compare(a.GetInvariant(), b.GetInvariant()))
	})
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		result := "holds"
		if f.GetViolationCount() > 0 {
			result = fmt.Sprintf("VIOLATED %d times", f.GetViolationCount())
			violated++
		}
		fmt.Fprintf(w, "%s\t%d looked at\t%s\n", f.GetInvariant(), f.GetChecked(), result)
		for _, v := range f.GetViolations() {
			fmt.Fprintf(w, "    %s\n", v)
		}
	}
	_ = w.Flush() // the terminal has gone
	return violated
}

// merged has one finding for each invariant of a service, however many checks hold it.
func merged(findings []*typev1.Finding) (out []*typev1.Finding) {
	by := map[string]*typev1.Finding{}
	for _, f := range findings {
		sum := by[f.GetInvariant()]
		if sum == nil {
			sum = &typev1.Finding{Invariant: f.GetInvariant()}
			by[f.GetInvariant()] = sum
			out = append(out, sum)
		}
		sum.Checked += f.GetChecked()
		sum.ViolationCount += f.GetViolationCount()
		sum.Violations = append(sum.Violations, f.GetViolations()...)
	}
	return out
}

// number is the invariant's: 6 of "I6 provider = us".
func number(f *typev1.Finding) int {
	digits, _, _ := strings.Cut(strings.TrimPrefix(f.GetInvariant(), "I"), " ")
	n, _ := strconv.Atoi(digits) // 0 for one without a number, which is printed first
	return n
}
