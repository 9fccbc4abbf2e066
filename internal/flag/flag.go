// Package flag holds the kill switches: features that an operator turns off without a deploy.
//
// The flags stand in a JSON file, {"order.checkout": false}, mounted into each instance and read again when it changes;
// code asks through OpenFeature, so that another provider could stand in its place. What the file does not name is on,
// and a file that cannot be read changes nothing: losing the switches must not stop the shop.
package flag

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/open-feature/go-sdk/openfeature"
	"github.com/open-feature/go-sdk/openfeature/isolated"
	"github.com/open-feature/go-sdk/openfeature/memprovider"
)

// recheck is how often the file is looked at; mounted files may be slow to stat.
const recheck = time.Second

// Flags is safe for concurrent use.
type Flags struct {
	file     string
	api      *openfeature.EvaluationAPI
	client   *openfeature.Client
	provider *memprovider.InMemoryProvider

	mu     sync.Mutex
	looked time.Time
	seen   os.FileInfo
}

// Open reads the flags of a file. Without a name, and while the file is absent, all are on; a malformed file is refused.
func Open(file string) (*Flags, error) {
	f := &Flags{file: file, api: isolated.NewAPI(), provider: memprovider.NewInMemoryProvider(nil)}
	if err := f.api.SetProviderAndWait(context.Background(), f.provider); err != nil {
		return nil, fmt.Errorf("flags: %w", err)
	}
	f.client = f.api.NewClient()
	if err := f.read(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// On reports whether a feature is on.
func (f *Flags) On(ctx context.Context, key string) bool {
	f.refresh(time.Now())
	return f.client.Boolean(ctx, key, true, openfeature.EvaluationContext{})
}

// Close stops the provider's work.
func (f *Flags) Close() { f.api.Shutdown(context.Background()) }

// refresh reads the file again if it has changed.
func (f *Flags) refresh(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.Sub(f.looked) < recheck {
		return
	}
	f.looked = now
	if err := f.read(); err != nil {
		slog.Error("the flags cannot be read; the last ones stay", "error", err)
	}
}

// read takes the flags of a changed file over, all at once.
func (f *Flags) read() error {
	info, err := os.Stat(f.file)
	if errors.Is(err, fs.ErrNotExist) {
		f.seen = nil
		f.provider.UpdateFlags(nil)
		return nil
	}
	if err != nil || (f.seen != nil && os.SameFile(info, f.seen) && info.ModTime().Equal(f.seen.ModTime()) && info.Size() == f.seen.Size()) {
		return err
	}
	text, err := os.ReadFile(f.file)
	if err != nil {
		return err
	}
	var on map[string]bool
	if err := json.Unmarshal(text, &on); err != nil {
		return fmt.Errorf("flags in %s: %w", f.file, err)
	}
	f.seen = info
	f.provider.UpdateFlags(switches(on))
	return nil
}

func switches(on map[string]bool) map[string]memprovider.InMemoryFlag {
	flags := make(map[string]memprovider.InMemoryFlag, len(on))
	for key, value := range on {
		flags[key] = memprovider.InMemoryFlag{
			Key: key, State: memprovider.Enabled, DefaultVariant: "set", Variants: map[string]any{"set": value},
		}
	}
	return flags
}
