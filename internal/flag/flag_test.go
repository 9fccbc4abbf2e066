package flag

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func write(t *testing.T, file, text string) {
	t.Helper()
	next := file + ".next"
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, file); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, file string) *Flags {
	t.Helper()
	f, err := Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func TestOnUnlessTurnedOff(t *testing.T) {
	t.Parallel()
	if !open(t, "").On(t.Context(), "order.checkout") {
		t.Error("off without a file")
	}
	file := filepath.Join(t.TempDir(), "flags.json")
	write(t, file, `{"order.checkout": false, "reward.earn": true}`)
	f := open(t, file)
	for key, want := range map[string]bool{"order.checkout": false, "reward.earn": true, "unnamed": true} {
		if got := f.On(t.Context(), key); got != want {
			t.Errorf("%s: %v, want %v", key, got, want)
		}
	}
}

func TestFollowsTheFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "flags.json")
	f := open(t, file)
	now := time.Now()
	later := func() bool { // a second later, however fast the test runs
		now = now.Add(recheck)
		f.refresh(now)
		return f.On(t.Context(), "order.checkout")
	}
	steps := []struct {
		text string
		want bool
	}{
		{`{"order.checkout": false}`, false},
		{`not json`, false}, // the last flags stay
		{`{"order.checkout": true}`, true},
		{`{"order.checkout": false}`, false},
		{`{}`, true},
	}
	for _, step := range steps {
		write(t, file, step.text)
		if got := later(); got != step.want {
			t.Fatalf("after %s: %v", step.text, got)
		}
	}
	write(t, file, `{"order.checkout": false}`)
	later()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if !later() {
		t.Error("off without a file")
	}
}

func TestMalformedFileIsRefusedAtFirst(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "flags.json")
	write(t, file, `{"order.checkout": "no"}`)
	if _, err := Open(file); err == nil {
		t.Error("opened")
	}
}
