package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// status prints one line for each process; an error says that something does not run as it should.
func status(ctx context.Context, out io.Writer) error {
	found, err := processes(ctx)
	if err != nil {
		return errors.New("nothing is running. Start it: scripts/dev up")
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PROCESS\tSTATE\tPID\tUP\tMEMORY\tRESTARTS")
	bad := 0
	for _, p := range found {
		if !p.ready() {
			bad++
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%d MB\t%d\n", p.Name, p.state(), p.PID,
			time.Duration(p.Age).Round(time.Second), p.Memory>>20, p.Restarts)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d are not ready. Read why: scripts/dev logs PROCESS", bad, len(found))
	}
	return nil
}

func (p process) state() string {
	switch {
	case p.once() && p.ready():
		return "done"
	case p.Status == "Disabled":
		return "external"
	case p.ready():
		return "ready"
	case p.ExitCode != 0:
		return fmt.Sprintf("%s, exit code %d", p.Status, p.ExitCode)
	case p.Status == "Running":
		return "not ready"
	}
	return p.Status
}
