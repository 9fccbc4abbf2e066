package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	run "google.golang.org/api/run/v2"

	"github.com/issho-shop/issho/dev/declared"
)

// What people do by hand, one program at a time.

type promoteCommand struct {
	Environment string `arg:""`
	Program     string `arg:""`
	Percent     int    `arg:"" help:"1 to 100."`
}

func (p *promoteCommand) Run(ctx context.Context, cli *commands) error {
	if p.Percent < 1 || p.Percent > 100 {
		return fmt.Errorf("%d %% is not from 1 to 100", p.Percent)
	}
	cloud, err := cloudOf(ctx, p.Environment, p.Program)
	if err != nil {
		return err
	}
	return p.on(ctx, cloud, cli.DryRun, os.Stdout)
}

func (p *promoteCommand) on(ctx context.Context, cloud *cloudRun, dryRun bool, out io.Writer) error {
	service, err := cloud.get(ctx, p.Program)
	if err != nil {
		return err
	}
	revision := path.Base(service.LatestReadyRevision)
	before := beside(service, revision)
	if before == "" {
		return fmt.Errorf("%s is the newest revision of %s and serves already", revision, p.Program)
	}
	fmt.Fprintf(out, "%s: %s gets %d %%, %s the rest, once its smoke story holds\n", p.Program, revision, p.Percent, before)
	if dryRun {
		return notDone(out)
	}
	if err := cloud.expose(ctx, service, revision, before); err != nil {
		return err
	}
	if err := cloud.Smoke(ctx, p.Program, revision); err != nil {
		return fmt.Errorf("%s stays as it is, the smoke story failed: %w", p.Program, err)
	}
	return cloud.Shift(ctx, p.Program, revision, p.Percent, before)
}

// beside answers which revision but this one has most of the traffic; none, where this one has it all.
func beside(s *run.GoogleCloudRunV2Service, revision string) (other string) {
	most := int64(0)
	for _, t := range s.Traffic {
		if t.Revision != "" && t.Revision != revision && t.Percent > most {
			other, most = t.Revision, t.Percent
		}
	}
	return other
}

// expose gives a revision that nobody made by a release, but a change of configuration, an address of its own.
func (c *cloudRun) expose(ctx context.Context, s *run.GoogleCloudRunV2Service, revision, before string) error {
	for _, t := range s.TrafficStatuses {
		if t.Revision == revision && t.Uri != "" {
			return nil
		}
	}
	s.Template.Revision = "" // else the write asks for a revision that is there already
	s.Traffic = shared(before, 100, revision)
	return c.put(ctx, s)
}

type rollbackCommand struct {
	Environment string `arg:""`
	Program     string `arg:""`
	Revision    string `arg:"" optional:"" help:"Where to; without it, the one before the one that serves."`
}

func (r *rollbackCommand) Run(ctx context.Context, cli *commands) error {
	cloud, err := cloudOf(ctx, r.Environment, r.Program)
	if err != nil {
		return err
	}
	return r.on(ctx, cloud, cli.DryRun, os.Stdout)
}

func (r *rollbackCommand) on(ctx context.Context, cloud *cloudRun, dryRun bool, out io.Writer) (err error) {
	if r.Revision == "" {
		if r.Revision, err = cloud.earlier(ctx, r.Program); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "%s: all traffic goes to %s\n", r.Program, r.Revision)
	if dryRun {
		return notDone(out)
	}
	return cloud.Shift(ctx, r.Program, r.Revision, 100, "")
}

func notDone(out io.Writer) error {
	_, err := fmt.Fprintln(out, "Nothing was done: --dry-run.")
	return err
}

// earlier answers the newest revision that was made before the one that serves and is sound.
func (c *cloudRun) earlier(ctx context.Context, program string) (string, error) {
	now, err := c.Serving(ctx, program)
	if err != nil {
		return "", err
	}
	list, err := c.api.Projects.Locations.Services.Revisions.List(c.service(program)).PageSize(50).Context(ctx).Do()
	if err != nil {
		return "", err
	}
	passed := false // the newest come first
	for _, r := range list.Revisions {
		sound := slices.ContainsFunc(r.Conditions, isReady)
		if name := path.Base(r.Name); name == now {
			passed = true
		} else if passed && sound {
			return name, nil
		}
	}
	return "", fmt.Errorf("%s has no sound revision before %s", program, now)
}

func isReady(c *run.GoogleCloudRunV2Condition) bool {
	return c.Type == "Ready" && c.State == "CONDITION_SUCCEEDED"
}

// cloudOf opens the cloud for a command about one program.
func cloudOf(ctx context.Context, name, program string) (*cloudRun, error) {
	e, err := open(name)
	if err != nil {
		return nil, err
	}
	if _, err := selected(e.declared, []string{program}); err != nil {
		return nil, err
	}
	return openCloudRun(ctx, e)
}

type verifyCommand struct {
	Where    string   `arg:"" help:"local, or an environment."`
	Programs []string `arg:"" optional:""`
}

// Run looks at what serves: everything that is wrong, not only the first.
func (v *verifyCommand) Run(ctx context.Context) error {
	name := v.Where
	if name == "local" {
		name = "staging" // any: only what is declared is read
	}
	e, err := open(name)
	if err != nil {
		return err
	}
	programs, err := selected(e.declared, v.Programs)
	if err != nil {
		return err
	}
	look := local(e)
	if v.Where != "local" {
		cloud, err := openCloudRun(ctx, e)
		if err != nil {
			return err
		}
		look = cloud.look
	}
	programs = slices.DeleteFunc(programs, func(p string) bool { return p == verifier })
	failed := 0
	for _, program := range programs {
		f, err := look(ctx, program)
		if err = errors.Join(err, e.promises.judge(f, fewRequests)); err != nil {
			failed++
			fmt.Printf("%-8s FAILS  %s\n", program, strings.ReplaceAll(err.Error(), "\n", "\n"+strings.Repeat(" ", 16)))
			continue
		}
		fmt.Printf("%-8s holds  %s\n", program, e.promises.tell(f, fewRequests))
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d programs break a promise", failed, len(programs))
	}
	return nil
}

// look plays the smoke story on what serves and reads the figures of the last ten minutes.
func (c *cloudRun) look(ctx context.Context, program string) (figures, error) {
	revision, err := c.Serving(ctx, program)
	if err != nil {
		return figures{}, err
	}
	smoked := c.Smoke(ctx, program, revision)
	f, err := c.Figures(ctx, program, revision, time.Now().Add(-10*time.Minute))
	return f, errors.Join(smoked, err)
}

// local looks at the stack of scripts/dev: each program at its own port, figures as its Envoy saw them since its start.
func local(e environment) func(ctx context.Context, program string) (figures, error) {
	front := envoy{admin: "http://127.0.0.1:9901"}
	return func(ctx context.Context, program string) (figures, error) {
		if program == declared.Gateway {
			// Its figures are those of the services, which it passed on.
			return figures{}, smoke(ctx, http.DefaultClient, program, os.Getenv("GATEWAY_URL"))
		}
		base := e.declared.Services[program].URL()
		smoked := smoke(ctx, asOps(base), program, base)
		f, err := front.figures(ctx, program, e.promises.share)
		return f, errors.Join(smoked, err)
	}
}
