package outbox

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"time"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/clock"
)

const (
	creators = 16               // tasks created at a time: the API takes one a call
	runTime  = 30 * time.Second // what a call of a task may take; the service hears of it and gives up a second before
)

// tasks creates tasks in Cloud Tasks.
type tasks struct {
	cfg    Config
	clock  *clock.Clock
	client *cloudtasks.Client
	once   sync.Once
}

func openTasks(ctx context.Context, cfg Config, clk *clock.Clock) (*tasks, error) {
	if cfg.TasksURL == "" {
		cfg.TasksURL = cfg.SelfURL
	}
	opts, err := options("tasks", cfg.TasksEmulator)
	if err != nil {
		return nil, fmt.Errorf("open Cloud Tasks: %w", err)
	}
	client, err := cloudtasks.NewClient(ctx, opts...)
	if err != nil {
		return nil, fmt.Errorf("open Cloud Tasks: %w", err)
	}
	return &tasks{cfg: cfg, clock: clk, client: client}, nil
}

func (t *tasks) close() (err error) {
	t.once.Do(func() { err = t.client.Close() })
	return err
}

// create creates the tasks of rows and returns the ids of those that Cloud Tasks
// has, with the errors about the others.
func (t *tasks) create(ctx context.Context, rows []row) (created []string, failed error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	slots := make(chan struct{}, creators)
	for _, r := range rows {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			err := t.createOne(ctx, r)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("create %s: %w", r.ID, err))
				return
			}
			created = append(created, r.ID)
		})
	}
	wg.Wait()
	return created, failed
}

// createOne takes a task that is there already for created: its name is made of
// its id.
func (t *tasks) createOne(ctx context.Context, r row) error {
	queue := fmt.Sprintf("projects/%s/locations/%s/queues/%s", t.cfg.Project, t.cfg.Location, r.Target)
	_, err := t.client.CreateTask(ctx, &cloudtaskspb.CreateTaskRequest{
		Parent: queue,
		Task: &cloudtaskspb.Task{
			Name:             fmt.Sprintf("%s/tasks/%x", queue, sha256.Sum256([]byte(r.ID))), // hashed: names in sequence are slow
			ScheduleTime:     t.schedule(r),
			DispatchDeadline: durationpb.New(runTime),
			MessageType:      &cloudtaskspb.Task_HttpRequest{HttpRequest: t.request(r)},
		},
	})
	if status.Code(err) == codes.AlreadyExists {
		return nil
	}
	return err
}

func (t *tasks) request(r row) *cloudtaskspb.HttpRequest {
	headers := map[string]string{
		"Content-Type": "application/json", "Connect-Protocol-Version": "1",
		"Connect-Timeout-Ms": strconv.FormatInt((runTime - time.Second).Milliseconds(), 10),
	}
	maps.Copy(headers, r.headers())
	return &cloudtaskspb.HttpRequest{
		HttpMethod: cloudtaskspb.HttpMethod_POST,
		Url:        t.cfg.TasksURL + r.Path.StringVal,
		Headers:    headers,
		Body:       r.Payload,
		AuthorizationHeader: &cloudtaskspb.HttpRequest_OidcToken{OidcToken: &cloudtaskspb.OidcToken{
			ServiceAccountEmail: caller.Account("tasks", t.cfg.Project),
			Audience:            t.cfg.SelfURL,
		}},
	}
}

// schedule is when the task is due by the clock of Cloud Tasks, which knows
// nothing of the development offset; nil is now.
func (t *tasks) schedule(r row) *timestamppb.Timestamp {
	if !r.DueAt.Valid {
		return nil
	}
	return timestamppb.New(r.DueAt.Time.Add(-t.clock.Offset()))
}
