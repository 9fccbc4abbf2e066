package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/propagation"

	"github.com/issho-shop/issho/internal/fault"
)

// largest push that is read. The outbox's limit keeps our own far below.
const largest = 1 << 20

// push is the envelope in which Pub/Sub wraps a message.
type push struct {
	Message struct {
		Data       []byte            `json:"data"`
		Attributes map[string]string `json:"attributes"`
	} `json:"message"`
	DeliveryAttempt int `json:"deliveryAttempt"`
}

// message is a push as far as it could be read.
type message struct {
	event      Event
	data       []byte
	attributes map[string]string
	malformed  error // final, when it is not a message of ours
}

// read returns the pushed message, or why it cannot be had. A push that is too
// large is refused with TOO_LARGE: Pub/Sub itself dead-letters it in the end.
func read(w http.ResponseWriter, r *http.Request) (message, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, largest))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return message{}, fault.New(fault.TooLarge).Because(err)
	case err != nil:
		return message{}, err
	}
	var p push
	if err := json.Unmarshal(body, &p); err != nil {
		return message{data: body, malformed: Refuse(fmt.Errorf("not a push: %w", err))}, nil
	}
	return parse(p), nil
}

func parse(p push) message {
	a := p.Message.Attributes
	m := message{data: p.Message.Data, attributes: a, event: Event{
		ID: a["ce-id"], Type: a["ce-type"], Source: a["ce-source"], Subject: a["ce-subject"], Attempt: max(p.DeliveryAttempt, 1),
	}}
	if m.event.ID == "" || m.event.Type == "" {
		m.malformed = Refuse(errors.New("not a CloudEvent: ce-id or ce-type is missing"))
		return m
	}
	var err error
	if m.event.Version, err = strconv.ParseInt(path.Base(m.event.ID), 10, 64); err != nil {
		m.malformed = Refuse(fmt.Errorf("ce-id %q ends in no version", m.event.ID))
		return m
	}
	if m.event.Time, err = time.Parse(time.RFC3339Nano, a["ce-time"]); err != nil {
		m.malformed = Refuse(fmt.Errorf("ce-time: %w", err))
	}
	return m
}

// trace returns ctx as a part of the publisher's trace, which stands in the
// message: the headers of the push are Pub/Sub's own.
func (m message) trace(ctx context.Context) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier(m.attributes))
}

// buried returns the attributes of the dead letter: those of the message, so that
// it can be replayed as it was, and why it was refused.
func (m message) buried(why error) map[string]string {
	const longest = 1000 // Pub/Sub takes 1024 bytes
	attributes := map[string]string{}
	for name, value := range m.attributes {
		if !strings.HasPrefix(name, "goog") { // Pub/Sub's own, which nobody else may set
			attributes[name] = value
		}
	}
	text := why.Error()
	attributes["refused-because"] = strings.ToValidUTF8(text[:min(len(text), longest)], "")
	return attributes
}
