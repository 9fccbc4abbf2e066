// Package e2e plays the customer stories over the real programs: Envoy, the services, the emulators and the Stripe
// simulator, as scripts/dev runs them. One file a story.
//
// Every story sells goods of its own to customers of its own, so stories run side by side. Those that stop a process, move
// the clock or duplicate what is delivered touch everybody: they are not parallel, and `go test` runs them before the
// others. When all have ended, every invariant of the shop must hold.
package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/issho-shop/issho/e2e/shop"
)

var open *shop.Shop

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// run uses the shop that runs already, or starts one and stops it.
func run(m *testing.M) (code int, err error) {
	if err := os.Chdir(".."); err != nil {
		return 1, err
	}
	if err := dev("exec", "--", "true"); err != nil {
		defer func() { _ = dev("down") }() // what it says has been shown
		if err := dev("up", "--detach"); err != nil {
			return 1, err
		}
	}
	if err := dev("status"); err != nil {
		return 1, err
	}
	if err := environment(); err != nil {
		return 1, err
	}
	if open, err = shop.Open(context.Background()); err != nil {
		return 1, err
	}
	defer open.Close()
	if code = m.Run(); code != 0 {
		return code, nil
	}
	return 0, invariants()
}

func dev(args ...string) error {
	cmd := exec.Command("scripts/dev", args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("scripts/dev %s: %w\n%s", strings.Join(args, " "), err, out.Bytes())
	}
	return nil
}

// environment takes on that of the services.
func environment() error {
	out, err := exec.Command("scripts/dev", "exec", "--", "env", "-0").Output()
	if err != nil {
		return fmt.Errorf("scripts/dev exec: %w", err)
	}
	for _, pair := range strings.Split(string(out), "\x00") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			if err := os.Setenv(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// invariants asks every service, once what is under way has come to rest.
func invariants() error {
	findings, err := open.AtRest(context.Background(), 90*time.Second)
	if err != nil {
		return err
	}
	var told strings.Builder
	if bad := shop.Print(&told, findings); bad > 0 {
		return fmt.Errorf("after the stories %d invariants are violated:\n%s", bad, &told)
	}
	return nil
}
