package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync"

	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/issho-shop/issho/internal/failfast"
	"github.com/issho-shop/issho/internal/roundtrip"
)

// Topics publishes to Pub/Sub. Services with an Outbox use it for dead letters
// alone; a service without Spanner publishes its events with it, which may be
// lost in a crash.
type Topics struct {
	service, project string
	client           *pubsub.TopicAdminClient
	once             sync.Once
}

// OpenTopics opens the topics of the project for service, which is the ce-source
// of its events.
func OpenTopics(ctx context.Context, service string, cfg Config) (*Topics, error) {
	opts, err := options("pubsub", cfg.PubSubEmulator)
	if err != nil {
		return nil, fmt.Errorf("open Pub/Sub: %w", err)
	}
	client, err := pubsub.NewTopicAdminClient(ctx, opts...)
	if err != nil {
		return nil, fmt.Errorf("open Pub/Sub: %w", err)
	}
	return &Topics{service: service, project: cfg.Project, client: client}, nil
}

// options dials an emulator where one is named. Connections fail fast: a sender
// that waits for a broken receiver holds up those of the others.
func options(receiver, emulator string) ([]option.ClientOption, error) {
	dial := append(new(failfast.Store).Options(), roundtrip.Measured(receiver))
	if emulator != "" {
		conn, err := grpc.NewClient("passthrough:///"+emulator, append(dial, grpc.WithTransportCredentials(insecure.NewCredentials()))...)
		return []option.ClientOption{option.WithGRPCConn(conn)}, err
	}
	var opts []option.ClientOption
	for _, d := range dial {
		opts = append(opts, option.WithGRPCDialOption(d))
	}
	return opts, nil
}

// Close releases the connections. Closing twice is fine.
func (t *Topics) Close() (err error) {
	t.once.Do(func() { err = t.client.Close() })
	return err
}

// Publish sends events and waits until Pub/Sub has them.
func (t *Topics) Publish(ctx context.Context, entries ...Entry) error {
	var b Batch
	b.Add(ctx, entries...)
	rows, err := b.rows(t.service)
	if err != nil {
		return err
	}
	_, err = t.send(ctx, rows)
	return err
}

// DeadLetter publishes a message as it came, with attributes that say why it was
// refused.
func (t *Topics) DeadLetter(ctx context.Context, topic string, data []byte, attributes map[string]string) error {
	return t.publish(ctx, topic, []*pubsubpb.PubsubMessage{{Data: data, Attributes: attributes}})
}

// send publishes rows, the topics side by side, and returns the ids of those
// that Pub/Sub has, with the errors about the others.
func (t *Topics) send(ctx context.Context, rows []row) (sent []string, failed error) {
	byTopic := map[string][]row{}
	for _, r := range rows {
		byTopic[r.Target] = append(byTopic[r.Target], r)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for topic, rows := range byTopic {
		wg.Go(func() {
			ids, err := t.sendTopic(ctx, topic, rows)
			mu.Lock()
			defer mu.Unlock()
			sent, failed = append(sent, ids...), errors.Join(failed, err)
		})
	}
	wg.Wait()
	return sent, failed
}

// sendTopic publishes in requests well under Pub/Sub's limit of 10 MB.
func (t *Topics) sendTopic(ctx context.Context, topic string, rows []row) (sent []string, err error) {
	for len(rows) > 0 {
		var messages []*pubsubpb.PubsubMessage
		size := 0
		for _, r := range rows {
			if size += len(r.Payload); size > 5<<20 && len(messages) > 0 {
				break
			}
			messages = append(messages, &pubsubpb.PubsubMessage{Data: r.Payload, Attributes: r.headers()})
		}
		if err := t.publish(ctx, topic, messages); err != nil {
			return sent, err
		}
		for _, r := range rows[:len(messages)] {
			sent = append(sent, r.ID)
		}
		rows = rows[len(messages):]
	}
	return sent, nil
}

func (t *Topics) publish(ctx context.Context, topic string, messages []*pubsubpb.PubsubMessage) error {
	_, err := t.client.Publish(ctx, &pubsubpb.PublishRequest{
		Topic:    "projects/" + t.project + "/topics/" + topic,
		Messages: messages,
	})
	if err != nil {
		return fmt.Errorf("publish to %s: %w", topic, err)
	}
	return nil
}
