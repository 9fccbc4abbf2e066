package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

// progress tells how far the storm is until ctx ends: on a terminal in one line that is written anew, elsewhere in a line for
// each tenth of the customers.
func (w *weather) progress(ctx context.Context, out *os.File, count int) {
	screen := terminal(out)
	began, told := time.Now(), 0
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			if screen {
				fmt.Fprint(out, "\r\033[K") // the table comes in its place
			}
			return
		case <-tick.C:
		}
		gone := int(w.gone.Load())
		switch tenth := gone * 10 / count; {
		case screen:
			fmt.Fprint(out, "\r\033[K")
			w.standing(out, gone, count, time.Since(began))
		case tenth > told:
			told = tenth
			w.standing(out, gone, count, time.Since(began))
			fmt.Fprintln(out)
		}
	}
}

// standing is one line, without its end.
func (w *weather) standing(out io.Writer, gone, count int, took time.Duration) {
	n := w.checkouts()
	fmt.Fprintf(out, "%6.0f s  %d of %d customers, %d checkouts, %.1f a second", took.Seconds(), gone, count, n, float64(n)/took.Seconds())
	if killed := w.killed.Load(); killed != nil {
		fmt.Fprintf(out, ", %d killed, %s the last", w.kills.Load(), *killed)
	}
}

func terminal(out *os.File) bool {
	info, err := out.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
