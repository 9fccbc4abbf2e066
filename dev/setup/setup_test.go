package main

import (
	"fmt"
	"os"
	"testing"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/issho-shop/issho/dev/declared"
)

func TestMain(m *testing.M) {
	for _, name := range []string{"SPANNER_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "CLOUD_TASKS_EMULATOR_HOST"} {
		if os.Getenv(name) == "" {
			fmt.Fprintln(os.Stderr, name+" is not set. Run: scripts/check test ./dev/setup")
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func TestTwice(t *testing.T) {
	t.Setenv("PROJECT", "setup-"+uuid.NewString()[:8])
	t.Setenv("LOCATION", "asia-northeast1")
	t.Chdir("../..")
	for range 2 {
		if err := run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	project := os.Getenv("PROJECT")
	client, err := pubsub.NewClient(t.Context(), project)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	got, err := client.SubscriptionAdminClient.GetSubscription(t.Context(),
		&pubsubpb.GetSubscriptionRequest{Subscription: subscriptionName(project, "order-payment")})
	if err != nil {
		t.Fatal(err)
	}
	want := &pubsubpb.Subscription{
		Topic:       topicName(project, "order"),
		RetryPolicy: &pubsubpb.RetryPolicy{MinimumBackoff: &durationpb.Duration{Seconds: 1}, MaximumBackoff: &durationpb.Duration{Seconds: 60}},
		DeadLetterPolicy: &pubsubpb.DeadLetterPolicy{
			DeadLetterTopic: topicName(project, "order-payment-dead"), MaxDeliveryAttempts: 100,
		},
	}
	got = &pubsubpb.Subscription{Topic: got.Topic, RetryPolicy: got.RetryPolicy, DeadLetterPolicy: got.DeadLetterPolicy}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("order-payment (-want +got):\n%s", diff)
	}
}

func TestOnlyOnEmulators(t *testing.T) {
	t.Setenv("PROJECT", "p")
	t.Setenv("LOCATION", "l")
	t.Setenv("SPANNER_EMULATOR_HOST", "")
	t.Chdir("../..")
	if err := run(t.Context()); err == nil {
		t.Error("setup ran without an emulator")
	}
}

func TestQueue(t *testing.T) {
	got := queue("q", declared.Queue{DispatchesPerSecond: 5, Concurrent: 2, Attempts: 7, MinBackoff: 1e9, MaxBackoff: 60e9})
	if got.GetRetryConfig().GetMaxAttempts() != 7 || got.GetRetryConfig().GetMinBackoff().GetSeconds() != 1 ||
		got.GetRateLimits().GetMaxDispatchesPerSecond() != 5 || got.GetRateLimits().GetMaxConcurrentDispatches() != 2 {
		t.Errorf("queue %v", got)
	}
	here := queue("q", declared.Queue{DispatchesPerSecond: 5, OnALaptop: 50}).GetRateLimits().GetMaxDispatchesPerSecond()
	if here != 50 {
		t.Errorf("%g a second here, want 50", here)
	}
}
