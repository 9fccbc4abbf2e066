package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// platform is where revisions run: Cloud Run, or this machine behind an Envoy.
type platform interface {
	// Serving answers the revision that has most of the traffic.
	Serving(ctx context.Context, program string) (string, error)
	// Deploy makes a revision of an image without traffic, and answers its name when it could serve.
	Deploy(ctx context.Context, program, image string) (revision string, err error)
	// Smoke plays the smoke story on one revision, past the weights.
	Smoke(ctx context.Context, program, revision string) error
	// Shift gives a revision so many percent of the traffic, and the rest to another.
	Shift(ctx context.Context, program, revision string, percent int, rest string) error
	// Figures tells how a revision has answered since then.
	Figures(ctx context.Context, program, revision string, since time.Time) (figures, error)
}

// canary walks a new revision through shares of the traffic.
type canary struct {
	platform platform
	promises promises
	steps    []int         // percent
	hold     time.Duration // how long each step is watched
	patience time.Duration // how much longer, while too few have asked
	look     time.Duration // how often
	least    float64       // requests below which figures say nothing
	out      io.Writer
}

// shares are those that every release passes.
var shares = []int{5, 25, 100}

// takenBack is the error of a release that has been undone: why, and what serves instead.
type takenBack struct {
	program, revision, before string
	why                       error
}

func (e *takenBack) Error() string {
	return fmt.Sprintf("%s: %s was taken back, %s serves: %v", e.program, e.revision, e.before, e.why)
}

func (e *takenBack) Unwrap() error { return e.why }

// run ships image. Whatever goes wrong, also that somebody cancels, all traffic is back where it was when it returns.
func (c *canary) run(ctx context.Context, program, image string) error {
	before, err := c.platform.Serving(ctx, program)
	if err != nil {
		return err
	}
	revision, err := c.platform.Deploy(ctx, program, image)
	if err != nil {
		return fmt.Errorf("%s: no revision came up; %s serves on: %w", program, before, err)
	}
	c.say("%s: %s is up without traffic, %s serves", program, revision, before)
	if err := c.platform.Smoke(ctx, program, revision); err != nil {
		return c.back(ctx, program, revision, before, fmt.Errorf("the smoke story failed: %w", err))
	}
	c.say("%s: the smoke story holds", program)
	for _, percent := range c.steps {
		if err := c.step(ctx, program, revision, percent, before); err != nil {
			return c.back(ctx, program, revision, before, fmt.Errorf("at %d %%: %w", percent, err))
		}
	}
	return nil
}

// step gives the revision its share and watches it; the first look that breaks a promise ends it.
func (c *canary) step(ctx context.Context, program, revision string, percent int, before string) error {
	began := time.Now()
	if err := c.platform.Shift(ctx, program, revision, percent, before); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(c.look):
		}
		f, err := c.platform.Figures(ctx, program, revision, began)
		if err != nil {
			return fmt.Errorf("no figures: %w", err)
		}
		if err := c.promises.judge(f, c.least); err != nil {
			return err
		}
		if watched := time.Since(began); watched < c.hold || (f.Requests < c.least && watched < c.hold+c.patience) {
			continue
		}
		if err := c.platform.Smoke(ctx, program, revision); err != nil {
			return fmt.Errorf("the smoke story failed: %w", err)
		}
		c.say("%s: %s at %d %%: %s", program, revision, percent, c.promises.tell(f, c.least))
		return nil
	}
}

// back undoes a release, also one that is being cancelled.
func (c *canary) back(ctx context.Context, program, revision, before string, why error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
	defer cancel()
	if err := c.platform.Shift(ctx, program, before, 100, ""); err != nil {
		return errors.Join(why, fmt.Errorf("%s: %s could NOT be taken back, do it by hand (scripts/deploy rollback): %w", program, revision, err))
	}
	c.say("%s: %s has all traffic again", program, before)
	return &takenBack{program, revision, before, why}
}

func (c *canary) say(format string, args ...any) { fmt.Fprintf(c.out, format+"\n", args...) }
