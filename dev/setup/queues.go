package main

import (
	"cmp"
	"context"
	"fmt"
	"os"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/issho-shop/issho/dev/declared"
)

// queues makes the Cloud Tasks queues. This client knows no emulator variable of its own.
func queues(ctx context.Context, project, location string, d *declared.Declared) error {
	client, err := cloudtasks.NewClient(ctx,
		option.WithEndpoint(os.Getenv("CLOUD_TASKS_EMULATOR_HOST")),
		option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		return err
	}
	defer client.Close()
	parent := fmt.Sprintf("projects/%s/locations/%s", project, location)
	for name, q := range d.Queues {
		err := create(ctx, "queue "+name, func(ctx context.Context) error {
			_, err := client.CreateQueue(ctx, &cloudtaskspb.CreateQueueRequest{Parent: parent, Queue: queue(parent+"/queues/"+name, q)})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func queue(name string, q declared.Queue) *cloudtaskspb.Queue {
	return &cloudtaskspb.Queue{
		Name: name,
		RateLimits: &cloudtaskspb.RateLimits{
			MaxDispatchesPerSecond:  cmp.Or(q.OnALaptop, q.DispatchesPerSecond),
			MaxConcurrentDispatches: q.Concurrent,
		},
		RetryConfig: &cloudtaskspb.RetryConfig{
			MaxAttempts: q.Attempts,
			MinBackoff:  durationpb.New(q.MinBackoff),
			MaxBackoff:  durationpb.New(q.MaxBackoff),
		},
	}
}
