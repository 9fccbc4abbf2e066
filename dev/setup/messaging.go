package main

import (
	"context"
	"fmt"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/issho-shop/issho/dev/declared"
)

// messaging makes topics, subscriptions, dead-letter topics and a subscription for each of those, which keeps
// what lands there until it is replayed.
func messaging(ctx context.Context, project string, d *declared.Declared) error {
	client, err := pubsub.NewClient(ctx, project)
	if err != nil {
		return err
	}
	defer client.Close()
	for _, topic := range d.Topics {
		if err := createTopic(ctx, client, project, topic); err != nil {
			return err
		}
	}
	for name, s := range d.Subscriptions {
		if err := createTopic(ctx, client, project, s.DeadLetter); err != nil {
			return err
		}
		if err := createSubscription(ctx, client, deadLetters(project, s)); err != nil {
			return err
		}
		if err := createSubscription(ctx, client, subscription(project, name, s)); err != nil {
			return err
		}
	}
	return nil
}

func subscription(project, name string, s declared.Subscription) *pubsubpb.Subscription {
	return &pubsubpb.Subscription{
		Name:               subscriptionName(project, name),
		Topic:              topicName(project, s.Topic),
		AckDeadlineSeconds: 60,
		RetryPolicy: &pubsubpb.RetryPolicy{
			MinimumBackoff: durationpb.New(s.MinBackoff),
			MaximumBackoff: durationpb.New(s.MaxBackoff),
		},
		DeadLetterPolicy: &pubsubpb.DeadLetterPolicy{
			DeadLetterTopic:     topicName(project, s.DeadLetter),
			MaxDeliveryAttempts: int32(s.Attempts),
		},
	}
}

// deadLetters holds a message for long enough that a replay of many is through before the first comes back.
func deadLetters(project string, s declared.Subscription) *pubsubpb.Subscription {
	return &pubsubpb.Subscription{
		Name:               subscriptionName(project, s.DeadLetter),
		Topic:              topicName(project, s.DeadLetter),
		AckDeadlineSeconds: 600,
	}
}

func createTopic(ctx context.Context, client *pubsub.Client, project, name string) error {
	return create(ctx, "topic "+name, func(ctx context.Context) error {
		_, err := client.TopicAdminClient.CreateTopic(ctx, &pubsubpb.Topic{Name: topicName(project, name)})
		return err
	})
}

func createSubscription(ctx context.Context, client *pubsub.Client, s *pubsubpb.Subscription) error {
	return create(ctx, s.Name, func(ctx context.Context) error {
		_, err := client.SubscriptionAdminClient.CreateSubscription(ctx, s)
		return err
	})
}

func topicName(project, id string) string { return fmt.Sprintf("projects/%s/topics/%s", project, id) }

func subscriptionName(project, id string) string {
	return fmt.Sprintf("projects/%s/subscriptions/%s", project, id)
}
