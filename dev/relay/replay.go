package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/issho-shop/issho/dev/declared"
)

// replayed counts what a replay did. What was refused again stays among the dead letters.
type replayed struct {
	Delivered int `json:"delivered"`
	Refused   int `json:"refused"`
}

// serveReplay delivers a topic's dead letters once more, each to the service it was meant for:
// POST /replay?topic=NAME.
func (r *relay) serveReplay(w http.ResponseWriter, req *http.Request) {
	topic := req.URL.Query().Get("topic")
	if !slices.Contains(r.declared.Topics, topic) {
		http.Error(w, fmt.Sprintf("there is no topic %q", topic), http.StatusNotFound)
		return
	}
	var total replayed
	for name, s := range r.declared.Subscriptions {
		if s.Topic != topic {
			continue
		}
		if err := r.replay(req.Context(), name, s, &total); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
	}
	answer(w, total)
}

// replay takes what is there now. It pulls until a pull brings nothing new, and gives back only at the end what
// the service refused: given back at once, it would be pulled again at once. What the service takes and buries
// anew comes as another message, which is left for the next replay.
func (r *relay) replay(ctx context.Context, name string, s declared.Subscription, total *replayed) error {
	from := r.subscription(s.DeadLetter)
	admin := r.pubsub.SubscriptionAdminClient
	began := time.Now()
	var refused []string
	defer func() {
		if len(refused) > 0 {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			_ = admin.ModifyAckDeadline(ctx, &pubsubpb.ModifyAckDeadlineRequest{Subscription: from, AckIds: refused}) // else its deadline gives it back
		}
	}()
	for {
		batch, err := r.pullBatch(ctx, from, time.Second)
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, m := range batch {
			if m.GetMessage().GetPublishTime().AsTime().After(began) {
				refused = append(refused, m.AckId)
				total.Refused++
				total.Delivered = max(0, total.Delivered-1)
				continue
			}
			if !r.push(ctx, name, s, original(m.Message)) {
				refused = append(refused, m.AckId)
				total.Refused++
				continue
			}
			if err := admin.Acknowledge(ctx, &pubsubpb.AcknowledgeRequest{Subscription: from, AckIds: []string{m.AckId}}); err != nil {
				return err
			}
			total.Delivered++
		}
	}
}

// pullBatch waits that long at most, and answers nothing when nothing has come.
func (r *relay) pullBatch(ctx context.Context, from string, wait time.Duration) ([]*pubsubpb.ReceivedMessage, error) {
	short, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	res, err := r.pubsub.SubscriptionAdminClient.Pull(short, &pubsubpb.PullRequest{Subscription: from, MaxMessages: outstanding})
	if err != nil && errors.Is(short.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
		return nil, nil
	}
	return res.GetReceivedMessages(), err
}

// original is the message without what dead-lettering added to it.
func original(m *pubsubpb.PubsubMessage) *pubsub.Message {
	attributes := map[string]string{}
	for key, value := range m.Attributes {
		if !strings.HasPrefix(key, "CloudPubSubDeadLetterSource") {
			attributes[key] = value
		}
	}
	return &pubsub.Message{ID: m.MessageId, Data: m.Data, Attributes: attributes, PublishTime: m.PublishTime.AsTime(), OrderingKey: m.OrderingKey}
}
