package testenv

import (
	"testing"
	"time"
)

// Eventually polls fn until it returns nil, and fails the test with its last
// error after thirty seconds, which a busy machine needs.
func Eventually(t testing.TB, fn func() error) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		err := fn()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("not within thirty seconds: %v", err)
		case <-tick.C:
		}
	}
}
