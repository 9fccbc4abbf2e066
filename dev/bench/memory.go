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

	"github.com/issho-shop/issho/e2e/shop"
)

// printMemory tells what each of our programs holds after all this: what Go has of the heap by the last export, and what was
// resident at its most.
func printMemory(ctx context.Context, s *shop.Shop) error {
	heap, err := heaps(ctx, s)
	if err != nil {
		return err
	}
	resident, err := resident()
	if err != nil {
		return err
	}
	var names []string
	for name := range resident {
		names = append(names, name)
	}
	slices.Sort(names)
	fmt.Print("\n| program | heap | resident at its most |\n|---|---|---|\n")
	for _, name := range names {
		fmt.Printf("| %s | %s | %s |\n", name, heap[name], resident[name])
	}
	return nil
}

// heaps are those of the services, which measure them.
func heaps(ctx context.Context, s *shop.Shop) (map[string]string, error) {
	all, err := s.Metrics(ctx)
	held := map[string]string{}
	for _, m := range all {
		if m.Name != "go.memory.used" || m.Attributes["go.memory.type"] == "stack" {
			continue
		}
		bytes, err := strconv.ParseFloat(m.Last, 64)
		if err != nil {
			return nil, fmt.Errorf("%s of %s: %w", m.Name, m.Service, err)
		}
		held[m.Service] = fmt.Sprintf("%.0f MB", bytes/1e6)
	}
	return held, err
}

// resident reads it of each process that runs one of our programs.
func resident() (map[string]string, error) {
	own, err := os.Executable()
	if err != nil {
		return nil, err
	}
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		return nil, err
	}
	held := map[string]string{}
	for _, link := range links {
		program, err := os.Readlink(link)
		if err != nil || filepath.Dir(program) != filepath.Dir(own) || program == own {
			continue
		}
		status, err := os.ReadFile(filepath.Join(filepath.Dir(link), "status"))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		for line := range strings.Lines(string(status)) {
			var kB float64
			if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kB); err == nil {
				held[filepath.Base(program)] = fmt.Sprintf("%.0f MB", kB/1e3)
			}
		}
	}
	return held, nil
}
