package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"cloud.google.com/go/pubsub/v2"
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

// pullOne begins again when the stream breaks: the emulator was restarted, or is not up yet.
func (r *relay) pullOne(ctx context.Context, name string, s declared.Subscription) {
	for ctx.Err() == nil {
		subscriber := r.pubsub.Subscriber(name)
		subscriber.ReceiveSettings.MaxOutstandingMessages = 100
		// What is under way at the end comes again after the next start.
		subscriber.ReceiveSettings.ShutdownOptions = &pubsub.ShutdownOptions{
			Behavior: pubsub.ShutdownBehaviorNackImmediately, Timeout: time.Second,
		}
		err := subscriber.Receive(ctx, func(ctx context.Context, m *pubsub.Message) {
			if r.push(ctx, name, s, m) {
				m.Ack()
			} else {
				m.Nack()
			}
		})
		if err != nil && ctx.Err() == nil {
			slog.Warn("subscription broke, pulling again", "subscription", name, "error", err)
			pause(ctx, time.Second)
		}
	}
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
		Subscription: fmt.Sprintf("projects/%s/subscriptions/%s", r.project, name),
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
