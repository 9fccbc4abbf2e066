// Gateway turns the environment into Envoy's configuration and becomes Envoy.
//
// It owns what crosses the edge: which proto services have a route (routes.go),
// which headers outsiders may set, how large and how long a request may be,
// and in which words Envoy refuses (refusals.go). Everything else is
// envoy.yaml, one text for a laptop and the cloud. It holds no business rule
// and no policy: a bad token is refused here, but who may call a method is
// decided by internal/caller in the service, which verifies again.
//
//	gateway print   the configuration, to look at
//	gateway check   let Envoy validate it
//	gateway run     become Envoy: same process id, signals go to it
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"github.com/sethvargo/go-envconfig"
)

const usage = "usage: gateway print|check|run"

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "gateway:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New(usage)
	}
	cfg, err := load(ctx, envconfig.OsLookuper())
	if err != nil {
		return err
	}
	text, err := render(cfg)
	if err != nil {
		return err
	}
	switch args[0] {
	case "print":
		_, err = os.Stdout.Write(text)
		return err
	case "check":
		return start(cfg, text, "--mode", "validate")
	case "run":
		return start(cfg, text, "--concurrency", strconv.Itoa(cfg.Concurrency), "--disable-hot-restart")
	}
	return errors.New(usage)
}

// start replaces this process by Envoy; it returns only when that fails.
func start(cfg config, text []byte, args ...string) error {
	path, err := exec.LookPath(cfg.Envoy)
	if err != nil {
		return fmt.Errorf("no Envoy: %w; name the binary in ENVOY", err)
	}
	if err := os.WriteFile(cfg.File, text, 0o600); err != nil {
		return err
	}
	args = append([]string{path, "--config-path", cfg.File, "--log-level", cfg.LogLevel}, args...)
	return syscall.Exec(path, args, os.Environ())
}
