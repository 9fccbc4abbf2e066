// Package clock tells the time, and on a laptop lets it be moved.
//
// What decides is the database's time, read in the transaction that decides (spandb.Now); this clock adds its offset to
// it and serves where no transaction is at hand. The offset stands in a file that every process of a laptop watches, so
// that one command moves the time of all of them; a process on Cloud Run refuses to start with such a file. Tokens and
// signatures are checked by real time.
package clock

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Clock is safe for concurrent use.
type Clock struct {
	file string

	mu     sync.Mutex
	seen   os.FileInfo
	offset time.Duration
}

// New answers a clock which is offset by what the file says, a Go duration such as "24h0m0s"; no file, no offset.
// The name "" is real time for good.
func New(file string) *Clock { return &Clock{file: file} }

// Now is the time in UTC, offset included.
func (c *Clock) Now() time.Time { return time.Now().Add(c.Offset()).UTC() }

// Offset is how far this clock is ahead of real time.
func (c *Clock) Offset() time.Duration {
	if c.file == "" {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(c.file)
	if errors.Is(err, fs.ErrNotExist) {
		c.seen, c.offset = nil, 0
		return 0
	}
	if err != nil || unchanged(c.seen, info) {
		return c.offset
	}
	c.seen = info
	offset, err := read(c.file)
	if err != nil {
		slog.Error("the clock's file cannot be read; its last offset stays", "error", err)
		return c.offset
	}
	c.offset = offset
	return offset
}

// unchanged also compares the file itself: Advance replaces it, and a coarse file system may stamp both alike.
func unchanged(seen, info os.FileInfo) bool {
	return seen != nil && os.SameFile(seen, info) && seen.ModTime().Equal(info.ModTime()) && seen.Size() == info.Size()
}

// Advance adds d to the offset in the file, which need not exist yet. Readers see the old offset or the new one.
func Advance(file string, d time.Duration) error {
	offset, err := read(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	next, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	_, err = next.WriteString((offset + d).String() + "\n")
	if err := errors.Join(err, next.Close()); err != nil {
		return errors.Join(err, os.Remove(next.Name()))
	}
	return os.Rename(next.Name(), file)
}

func read(file string) (time.Duration, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	offset, err := time.ParseDuration(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", file, err)
	}
	return offset, nil
}
