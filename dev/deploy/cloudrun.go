package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"google.golang.org/api/option"
	run "google.golang.org/api/run/v2"
)

// candidate is the tag under which a revision without traffic is reached.
const candidate = "next"

// cloudRun is the platform in the cloud. A service is read, changed and written whole, guarded by its etag: what Terraform
// configured stays as it is, and two deploys at once do not undo each other.
type cloudRun struct {
	environment
	api     *run.Service
	metrics metrics
}

func openCloudRun(ctx context.Context, e environment, options ...option.ClientOption) (*cloudRun, error) {
	api, err := run.NewService(ctx, options...)
	if err != nil {
		return nil, err
	}
	metrics, err := openMetrics(ctx, e, options...)
	return &cloudRun{e, api, metrics}, err
}

func (c *cloudRun) place() string {
	return fmt.Sprintf("projects/%s/locations/%s", c.project, c.region)
}

func (c *cloudRun) service(program string) string { return c.place() + "/services/" + program }
func (c *cloudRun) job(name string) string        { return c.place() + "/jobs/" + name }

func (c *cloudRun) get(ctx context.Context, program string) (*run.GoogleCloudRunV2Service, error) {
	s, err := c.api.Projects.Locations.Services.Get(c.service(program)).Context(ctx).Do()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	return s, nil
}

func (c *cloudRun) Serving(ctx context.Context, program string) (string, error) {
	s, err := c.get(ctx, program)
	if err != nil {
		return "", err
	}
	return serving(s)
}

// serving answers the revision with most of the traffic; "the latest" is said by name, since a newer one is on its way.
func serving(s *run.GoogleCloudRunV2Service) (string, error) {
	var most *run.GoogleCloudRunV2TrafficTarget
	for _, t := range s.Traffic {
		if most == nil || t.Percent > most.Percent {
			most = t
		}
	}
	switch {
	case most != nil && most.Revision != "":
		return most.Revision, nil
	case s.LatestReadyRevision != "":
		return path.Base(s.LatestReadyRevision), nil
	}
	return "", fmt.Errorf("%s has no revision that is ready: apply terraform/services first", path.Base(s.Name))
}

func (c *cloudRun) Deploy(ctx context.Context, program, image string) (string, error) {
	s, err := c.get(ctx, program)
	if err != nil {
		return "", err
	}
	before, err := serving(s)
	if err != nil {
		return "", err
	}
	tag := image[strings.LastIndex(image, ":")+1:]
	revision := fmt.Sprintf("%s-%s-%s", program, tag[:min(8, len(tag))], time.Now().UTC().Format("0102-150405"))
	s.Template.Containers[0].Image = image
	s.Template.Revision = revision
	s.Traffic = shared(before, 100, revision)
	return revision, c.put(ctx, s)
}

func (c *cloudRun) Shift(ctx context.Context, program, revision string, percent int, rest string) error {
	s, err := c.get(ctx, program)
	if err != nil {
		return err
	}
	s.Template.Revision = "" // else the write asks for a revision that is there already
	if percent == 100 {
		rest = ""
	}
	s.Traffic = shared(revision, percent, rest)
	return c.put(ctx, s)
}

// shared gives a revision its share and another the rest. The one that is on trial, with less than all or with nothing, is
// reached by its tag as well.
func shared(revision string, percent int, rest string) []*run.GoogleCloudRunV2TrafficTarget {
	const byName = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
	targets := []*run.GoogleCloudRunV2TrafficTarget{{Type: byName, Revision: revision, Percent: int64(percent)}}
	switch {
	case percent < 100:
		targets[0].Tag = candidate
		targets = append(targets, &run.GoogleCloudRunV2TrafficTarget{Type: byName, Revision: rest, Percent: int64(100 - percent)})
	case rest != "":
		targets = append(targets, &run.GoogleCloudRunV2TrafficTarget{Type: byName, Revision: rest, Tag: candidate})
	}
	return targets
}

// put writes a service and waits until Cloud Run has done, or says why it cannot.
func (c *cloudRun) put(ctx context.Context, s *run.GoogleCloudRunV2Service) error {
	op, err := c.api.Projects.Locations.Services.Patch(s.Name, s).Context(ctx).Do()
	if err != nil {
		return err
	}
	_, err = c.done(ctx, op)
	return err
}

// done waits for an operation and answers what it made.
func (c *cloudRun) done(ctx context.Context, op *run.GoogleLongrunningOperation) (json.RawMessage, error) {
	for !op.Done {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		// The server holds the request until the operation is over, or for so long.
		op, err = c.api.Projects.Locations.Operations.Wait(op.Name, &run.GoogleLongrunningWaitOperationRequest{Timeout: "30s"}).Context(ctx).Do()
		if err != nil {
			return nil, err
		}
	}
	if op.Error != nil {
		return nil, errors.New(op.Error.Message)
	}
	return json.RawMessage(op.Response), nil
}

// Smoke runs the job that asks from inside of the network, where services are reached.
func (c *cloudRun) Smoke(ctx context.Context, program, revision string) error {
	s, err := c.get(ctx, program)
	if err != nil {
		return err
	}
	at := c.url(program)
	for _, t := range s.TrafficStatuses {
		if t.Revision == revision && t.Uri != "" {
			at = t.Uri
		}
	}
	return c.execute(ctx, verifier, "smoke", program, at, "--audience", c.url(program))
}

// Migrate applies the schema that image carries.
func (c *cloudRun) Migrate(ctx context.Context, program, image string) error {
	if err := c.Equip(ctx, program+"-migrate", image); err != nil {
		return err
	}
	return c.execute(ctx, program+"-migrate", "migrate")
}

// Equip gives a job its image.
func (c *cloudRun) Equip(ctx context.Context, job, image string) error {
	j, err := c.api.Projects.Locations.Jobs.Get(c.job(job)).Context(ctx).Do()
	if err != nil {
		return fmt.Errorf("job %s: %w", job, err)
	}
	j.Template.Template.Containers[0].Image = image
	op, err := c.api.Projects.Locations.Jobs.Patch(j.Name, j).Context(ctx).Do()
	if err != nil {
		return fmt.Errorf("job %s: %w", job, err)
	}
	_, err = c.done(ctx, op)
	return err
}

func (c *cloudRun) execute(ctx context.Context, job string, args ...string) error {
	op, err := c.api.Projects.Locations.Jobs.Run(c.job(job), &run.GoogleCloudRunV2RunJobRequest{
		Overrides: &run.GoogleCloudRunV2Overrides{ContainerOverrides: []*run.GoogleCloudRunV2ContainerOverride{{Args: args}}},
	}).Context(ctx).Do()
	if err != nil {
		return fmt.Errorf("job %s: %w", job, err)
	}
	made, err := c.done(ctx, op)
	if err != nil {
		return fmt.Errorf("job %s %s: %w", job, strings.Join(args, " "), err)
	}
	var execution run.GoogleCloudRunV2Execution
	if err := json.Unmarshal(made, &execution); err != nil {
		return err
	}
	if execution.SucceededCount == 0 {
		return fmt.Errorf("job %s %s failed; its log: %s", job, strings.Join(args, " "), execution.LogUri)
	}
	return nil
}

func (c *cloudRun) Figures(ctx context.Context, program, revision string, since time.Time) (figures, error) {
	return c.metrics.of(ctx, program, revision, time.Since(since))
}

// notFound says whether Google's answer was that there is no such thing.
func notFound(err error) bool { return statusOf(err) == http.StatusNotFound }
