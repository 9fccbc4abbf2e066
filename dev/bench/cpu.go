package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/issho-shop/issho/e2e/shop"
)

// used is how much of a core each process of the shop has taken so far, by name.
type used map[string]time.Duration

// sessionFile names the session that everything of the shop runs in.
const sessionFile = ".dev/session"

// tick is the unit in which Linux tells it.
const tick = 10 * time.Millisecond

func usedSoFar() (used, error) {
	session, err := os.ReadFile(sessionFile)
	if err != nil {
		return nil, err
	}
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	u := used{}
	for _, file := range stats {
		stat, err := os.ReadFile(file)
		if err != nil { // it has ended
			continue
		}
		_, rest, _ := strings.Cut(string(stat), ") ") // the name before may have spaces
		fields := strings.Fields(rest)
		if len(fields) < 13 || fields[3] != strings.TrimSpace(string(session)) {
			continue
		}
		user, err1 := strconv.Atoi(fields[11])
		system, err2 := strconv.Atoi(fields[12])
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		u[nameOf(filepath.Dir(file))] += time.Duration(user+system) * tick
	}
	var own syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &own); err != nil {
		return nil, err
	}
	u["driver"] = time.Duration(own.Utime.Nano() + own.Stime.Nano())
	return u, nil
}

// nameOf is a program's, and for the emulators that are Java's their own.
func nameOf(process string) string {
	command, err := os.ReadFile(filepath.Join(process, "cmdline"))
	if err != nil {
		return "ended"
	}
	arg0, _, _ := strings.Cut(string(command), "\x00")
	for _, emulator := range []string{"firestore", "pubsub"} {
		if strings.HasSuffix(arg0, "java") && strings.Contains(string(command), emulator) {
			return emulator + "'s emulator"
		}
	}
	return strings.Replace(filepath.Base(arg0), "emulator_main", "spanner's emulator", 1)
}

// since is what has been used after an earlier look: by name, the names with the most first, and in all.
func (u used) since(before used) (took used, names []string, total time.Duration) {
	took = used{}
	for name := range u {
		if d := u[name] - before[name]; d > 0 {
			took[name] = d
			total += d
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return int(took[b] - took[a]) })
	return took, names, total
}

// print shows what has been used since, of each of n things done.
func (u used) print(before used, n int) {
	took, names, total := u.since(before)
	each := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(n) }
	fmt.Printf("\n| process | ms of a core each |\n|---|---|\n| all | %.1f |\n", each(total))
	for _, name := range names {
		if took[name] >= time.Duration(n)*100*time.Microsecond {
			fmt.Printf("| %s | %.1f |\n", name, each(took[name]))
		}
	}
}

// each tells in one line what has been used since, of each of n things done, in microseconds of a core.
func (u used) each(before used, n int) string {
	took, names, total := u.since(before)
	line := fmt.Sprintf("%d µs of a core each:", total.Microseconds()/int64(n))
	for _, name := range names[:min(len(names), 6)] {
		line += fmt.Sprintf(" %s %d,", name, took[name].Microseconds()/int64(n))
	}
	return strings.TrimSuffix(line, ",")
}

// settled waits until the shop takes less than a fifth of a core.
func settled(ctx context.Context) error {
	return shop.Until(ctx, time.Minute, func(ctx context.Context) error {
		before, err := usedSoFar()
		if err != nil {
			return err
		}
		time.Sleep(time.Second)
		after, err := usedSoFar()
		if err != nil {
			return err
		}
		if _, _, took := after.since(before); took > 200*time.Millisecond {
			return fmt.Errorf("the shop is still busy: %s of a core in a second", took)
		}
		return nil
	})
}
