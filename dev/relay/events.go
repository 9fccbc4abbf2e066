package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"golang.org/x/sync/errgroup"

	"github.com/issho-shop/issho/dev/declared"
)

// envelope is the body of a Pub/Sub push request.
type envelope struct {
	Message         message `json:"message"`
	Subscription    string  `json:"subscription"`
	DeliveryAttempt int     `json:"deliveryAttempt,omitempty"`
}

// message is spelt both ways by Pub/Sub itself.
type message struct {
	Attributes   map[string]string `json:"attributes,omitempty"`
	Data         []byte            `json:"data,omitempty"`
	MessageID    string            `json:"messageId"`
	MessageID2   string            `json:"message_id"`
	PublishTime  time.Time         `json:"publishTime"`
	PublishTime2 time.Time         `json:"publish_time"`
	OrderingKey  string            `json:"orderingKey,omitempty"`
}

// pull keeps every declared subscription flowing until ctx ends. Back-off, attempts and dead letters are the
// emulator's work: a message that the service does not take is handed back.
func (r *relay) pull(ctx context.Context) error {
	var group errgroup.Group
	for name, s := range r.declared.Subscriptions {
		group.Go(func() error {
			r.pullOne(ctx, name, s)
			return nil
		})
	}
	return group.Wait()
}

const (
	outstanding = 100         // messages of one subscription that are being pushed at a time
	longPull    = time.Minute // how long a pull waits for a message to come
)

// pullOne pulls until ctx ends, again and again. It asks with single pulls that wait, not with the client's stream: when a
// stream has been idle for long, the client pauses for up to half a minute before it opens the next one.
func (r *relay) pullOne(ctx context.Context, name string, s declared.Subscription) {
	taken := make(chan string, outstanding)
	var acking sync.WaitGroup
	acking.Go(func() { r.acknowledge(ctx, name, taken) })
	var pushing errgroup.Group
	pushing.SetLimit(outstanding)
	for ctx.Err() == nil {
		batch, err := r.pullBatch(ctx, r.subscription(name), longPull)
		if err != nil && ctx.Err() == nil {
			slog.Warn("subscription broke, pulling again", "subscription", name, "error", err)
			pause(ctx, time.Second)
		}
		for _, m := range batch {
			if len(s.Types) > 0 && !slices.Contains(s.Types, m.Message.Attributes["ce-type"]) { // the emulator knows no filters
				taken <- m.AckId
				continue
			}
			pushing.Go(func() error {
				if r.push(ctx, name, s, received(m)) {
					taken <- m.AckId
				} else {
					r.handBack(ctx, name, m.AckId)
				}
				return nil
			})
		}
	}
	_ = pushing.Wait() // none returns an error
	close(taken)
	acking.Wait()
}

// acknowledge tells Pub/Sub which messages were taken, as many at a time as there are. When that fails, or the relay ends
// before, they come again.
func (r *relay) acknowledge(ctx context.Context, name string, taken <-chan string) {
	for first := range taken {
		ids := []string{first}
		for len(taken) > 0 { // nobody else reads
			ids = append(ids, <-taken)
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		err := r.pubsub.SubscriptionAdminClient.Acknowledge(ctx, &pubsubpb.AcknowledgeRequest{Subscription: r.subscription(name), AckIds: ids})
		cancel()
		if err != nil {
			slog.Warn("messages not acknowledged; they come again", "subscription", name, "messages", len(ids), "error", err)
		}
	}
}

// handBack has Pub/Sub bring a message again.
func (r *relay) handBack(ctx context.Context, name, ackID string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := r.pubsub.SubscriptionAdminClient.ModifyAckDeadline(ctx,
		&pubsubpb.ModifyAckDeadlineRequest{Subscription: r.subscription(name), AckIds: []string{ackID}})
	if err != nil {
		slog.Warn("message not handed back; it comes again", "subscription", name, "error", err)
	}
}

func (r *relay) subscription(name string) string {
	return fmt.Sprintf("projects/%s/subscriptions/%s", r.project, name)
}

func received(m *pubsubpb.ReceivedMessage) *pubsub.Message {
	out := original(m.Message)
	if attempt := int(m.DeliveryAttempt); attempt > 0 {
		out.DeliveryAttempt = &attempt
	}
	return out
}

// push delivers one message and says whether the service took it.
func (r *relay) push(ctx context.Context, name string, s declared.Subscription, m *pubsub.Message) bool {
	body, err := json.Marshal(r.envelope(name, m))
	if err != nil {
		slog.Error("message cannot be pushed", "subscription", name, "message", m.ID, "error", err)
		return false
	}
	header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"CloudPubSub-Google"}}
	answer, err := r.twice(func() (reply, error) {
		return r.post(ctx, asPubSub, s.Service, "/events/"+s.Topic, header, body)
	})
	if err == nil && answer.ok() {
		return true
	}
	slog.Warn("event not taken", "subscription", name, "ce-id", m.Attributes["ce-id"], "status", answer.status, "error", err)
	return false
}

func (r *relay) envelope(name string, m *pubsub.Message) envelope {
	e := envelope{
		Message: message{
			Attributes: m.Attributes, Data: m.Data, OrderingKey: m.OrderingKey,
			MessageID: m.ID, MessageID2: m.ID, PublishTime: m.PublishTime, PublishTime2: m.PublishTime,
		},
		Subscription: r.subscription(name),
	}
	if m.DeliveryAttempt != nil {
		e.DeliveryAttempt = *m.DeliveryAttempt
	}
	return e
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
