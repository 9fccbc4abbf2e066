package clock

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestRealTime(t *testing.T) {
	t.Parallel()
	c := New("")
	if got := time.Since(c.Now()); got < 0 || got > time.Minute || c.Offset() != 0 || c.Now().Location() != time.UTC {
		t.Errorf("off by %v, offset %v", got, c.Offset())
	}
}

func TestOffsetFollowsTheFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "clock")
	c := New(file)
	want := func(offset time.Duration) {
		t.Helper()
		if got := c.Offset(); got != offset {
			t.Fatalf("offset %v, want %v", got, offset)
		}
		if off := c.Now().Sub(time.Now().Add(offset)).Abs(); off > time.Minute {
			t.Fatalf("off by %v", off)
		}
	}
	advance := func(d time.Duration) {
		t.Helper()
		if err := Advance(file, d); err != nil {
			t.Fatal(err)
		}
	}
	want(0)
	advance(24 * time.Hour)
	want(24 * time.Hour)
	advance(time.Hour)
	want(25 * time.Hour)
	advance(-25 * time.Hour)
	want(0)
	advance(time.Hour)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	want(0)
}

func TestAFileThatCannotBeReadKeepsTheOffset(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "clock")
	if err := Advance(file, time.Hour); err != nil {
		t.Fatal(err)
	}
	c := New(file)
	c.Offset()
	if err := os.WriteFile(file, []byte("tomorrow, I guess"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := c.Offset(); got != time.Hour {
		t.Errorf("offset %v", got)
	}
	if err := Advance(file, time.Hour); err == nil {
		t.Error("advanced what it could not read")
	}
}
