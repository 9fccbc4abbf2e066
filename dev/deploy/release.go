package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"google.golang.org/api/artifactregistry/v1"
	run "google.golang.org/api/run/v2"
)

// shipment is one program of a release and the image that it shall run.
type shipment struct{ program, image string }

// shipments are those of the programs whose image is not what they run yet.
func (e environment) shipments(ctx context.Context, cloud *cloudRun, names []string) ([]shipment, error) {
	programs, err := selected(e.declared, names)
	if err != nil {
		return nil, err
	}
	var all []shipment
	for _, program := range programs {
		print, err := fingerprint(ctx, e.root, program)
		if err != nil {
			return nil, err
		}
		image := e.image(program, print)
		runs, err := cloud.runs(ctx, program)
		if err != nil {
			return nil, err
		}
		if runs != image {
			all = append(all, shipment{program, image})
		}
	}
	return all, nil
}

// runs answers the image of what serves: of the revision with most traffic, or of the job.
func (c *cloudRun) runs(ctx context.Context, program string) (string, error) {
	if program == verifier {
		j, err := c.api.Projects.Locations.Jobs.Get(c.job(program)).Context(ctx).Do()
		if err != nil {
			return "", fmt.Errorf("job %s: %w", program, err)
		}
		return j.Template.Template.Containers[0].Image, nil
	}
	revision, err := c.Serving(ctx, program)
	if err != nil {
		return "", err
	}
	r, err := c.api.Projects.Locations.Services.Revisions.Get(c.service(program) + "/revisions/" + revision).Context(ctx).Do()
	if err != nil {
		return "", fmt.Errorf("%s: %w", revision, err)
	}
	return r.Containers[0].Image, nil
}

type releaseCommand struct {
	Environment string        `arg:""`
	Programs    []string      `arg:"" optional:""`
	Hold        time.Duration `default:"10m" help:"How long each step is watched; figures arrive three minutes late."`
}

func (r *releaseCommand) Run(ctx context.Context, cli *commands) error {
	e, err := open(r.Environment)
	if err != nil {
		return err
	}
	cloud, err := openCloudRun(ctx, e)
	if err != nil {
		return err
	}
	shipments, err := e.shipments(ctx, cloud, r.Programs)
	if err != nil {
		return err
	}
	if len(shipments) == 0 {
		fmt.Println("Everything runs what these sources make.")
		return nil
	}
	plan(e, shipments, r.Hold)
	if err := e.onlyGrow(ctx, shipments); err != nil {
		return err
	}
	if cli.DryRun {
		return notDone(os.Stdout)
	}
	return ship(ctx, cloud, shipments, r.Hold)
}

// plan says what a release will do.
func plan(e environment, shipments []shipment, hold time.Duration) {
	for _, s := range shipments {
		switch {
		case s.program == verifier:
			fmt.Printf("%-8s the job that plays the smoke story: %s\n", s.program, s.image)
		case e.declared.Services[s.program].Store == "spanner":
			fmt.Printf("%-8s schema, then no traffic, smoke, 5 %%, 25 %%, 100 %%, %s each: %s\n", s.program, hold, s.image)
		default:
			fmt.Printf("%-8s no traffic, smoke, 5 %%, 25 %%, 100 %%, %s each: %s\n", s.program, hold, s.image)
		}
	}
}

// onlyGrow refuses schemas that would break what still runs, before anything is done.
func (e environment) onlyGrow(ctx context.Context, shipments []shipment) error {
	var wrong []error
	for _, s := range shipments {
		if e.declared.Services[s.program].Store == "spanner" {
			wrong = append(wrong, contracts(ctx, e.root, s.program))
		}
	}
	return errors.Join(wrong...)
}

// ship carries a release out: the job first, then every schema (they only grow, so that what still runs goes on), then
// program by program. The first that is taken back ends the release: what was shipped before it runs beside its neighbours'
// earlier revisions, as every revision must.
func ship(ctx context.Context, cloud *cloudRun, shipments []shipment, hold time.Duration) error {
	for _, s := range shipments {
		var err error
		switch {
		case s.program == verifier:
			err = cloud.Equip(ctx, verifier, s.image)
		case cloud.declared.Services[s.program].Store == "spanner":
			err = cloud.Migrate(ctx, s.program, s.image)
		}
		if err != nil {
			return err
		}
	}
	walk := canary{platform: cloud, promises: cloud.promises, steps: shares, hold: hold, patience: hold, look: min(hold, 30*time.Second), least: fewRequests, out: os.Stdout}
	for _, s := range shipments {
		if s.program == verifier {
			continue
		}
		if err := walk.run(ctx, s.program, s.image); err != nil {
			return err
		}
	}
	return nil
}

type changedCommand struct {
	Environment string `arg:""`
}

func (c *changedCommand) Run(ctx context.Context) error {
	e, err := open(c.Environment)
	if err != nil {
		return err
	}
	registry, err := artifactregistry.NewService(ctx)
	if err != nil {
		return err
	}
	for _, program := range inOrder(e.declared) {
		print, err := fingerprint(ctx, e.root, program)
		if err != nil {
			return err
		}
		tag := fmt.Sprintf("projects/%s/locations/%s/repositories/images/packages/%s/tags/%s", e.project, e.region, program, print)
		_, err = registry.Projects.Locations.Repositories.Packages.Tags.Get(tag).Context(ctx).Do()
		switch {
		case notFound(err):
			fmt.Println(program)
		case err != nil:
			return err
		}
	}
	return nil
}

type imageCommand struct {
	Environment string `arg:""`
	Program     string `arg:""`
}

func (i *imageCommand) Run(ctx context.Context) error {
	e, err := open(i.Environment)
	if err != nil {
		return err
	}
	if _, err := selected(e.declared, []string{i.Program}); err != nil {
		return err
	}
	print, err := fingerprint(ctx, e.root, i.Program)
	if err == nil {
		fmt.Println(e.image(i.Program, print))
	}
	return err
}

type statusCommand struct {
	Environment string `arg:""`
}

func (s *statusCommand) Run(ctx context.Context) error {
	e, err := open(s.Environment)
	if err != nil {
		return err
	}
	cloud, err := openCloudRun(ctx, e)
	if err != nil {
		return err
	}
	for _, program := range inOrder(e.declared) {
		if program == verifier {
			continue
		}
		service, err := cloud.get(ctx, program)
		if err != nil {
			return err
		}
		for _, t := range service.TrafficStatuses {
			fmt.Printf("%-8s %3d %%  %s %s\n", program, t.Percent, named(t, service), t.Tag)
		}
	}
	return nil
}

func named(t *run.GoogleCloudRunV2TrafficTargetStatus, s *run.GoogleCloudRunV2Service) string {
	if t.Revision != "" {
		return t.Revision
	}
	return "the latest: " + s.LatestReadyRevision
}
