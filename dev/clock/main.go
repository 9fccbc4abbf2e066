// Clock moves the development clock, by which every local service lives: the file that CLOCK_FILE names holds an
// offset from real time. Tokens and certificates stay on real time.
//
//	clock advance 24h   adds to the offset
//	clock reset         back to real time
//	clock show          the offset and the time that services see
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/issho-shop/issho/internal/clock"
)

func main() {
	if err := run(os.Args[1:], os.Getenv("CLOCK_FILE")); err != nil {
		fmt.Fprintln(os.Stderr, "clock:", err)
		os.Exit(1)
	}
}

func run(args []string, file string) error {
	if file == "" {
		return errors.New("CLOCK_FILE is not set")
	}
	switch {
	case len(args) == 2 && args[0] == "advance":
		by, err := time.ParseDuration(args[1])
		if err != nil {
			return fmt.Errorf("%q is no duration such as 90s, 15m or 24h", args[1])
		}
		if err := clock.Advance(file, by); err != nil {
			return err
		}
	case len(args) == 1 && args[0] == "reset":
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	case len(args) == 1 && args[0] == "show":
	default:
		return errors.New("say advance DURATION, reset or show")
	}
	now := clock.New(file)
	fmt.Printf("services see %s (%s ahead)\n", now.Now().Format(time.RFC3339), now.Offset())
	return nil
}
