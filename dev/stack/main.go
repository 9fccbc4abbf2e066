// Stack shows what process-compose runs, for scripts/dev.
//
//	stack wait     reports each process as it becomes ready, until all are; on a failure the end of its log
//	stack status   one line for each process
//	stack table    URLs, ports, demo users' tokens and a first request
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "wait":
		return wait(ctx, os.Stdout)
	case len(args) == 1 && args[0] == "status":
		return status(ctx, os.Stdout)
	case len(args) == 1 && args[0] == "table":
		return table(ctx, os.Stdout)
	}
	return errors.New("say wait, status or table")
}
