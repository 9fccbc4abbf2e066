package testenv

import (
	"context"
	"net"
	"path"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// sink stands in for Pub/Sub and Cloud Tasks: it accepts what is sent to any
// topic and queue, and keeps it. Task names are refused the second time, as by
// Cloud Tasks.
type sink struct {
	pubsubpb.UnimplementedPublisherServer
	cloudtaskspb.UnimplementedCloudTasksServer
	addr string

	mu     sync.Mutex
	events []Event
	tasks  []Task
	names  map[string]bool
	broken map[string]codes.Code
	waited map[string]int // by event type or queue: how many a Wait has returned
}

func newSink(t testing.TB) *sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{addr: l.Addr().String(), names: map[string]bool{}, broken: map[string]codes.Code{}, waited: map[string]int{}}
	g := grpc.NewServer()
	pubsubpb.RegisterPublisherServer(g, s)
	cloudtaskspb.RegisterCloudTasksServer(g, s)
	go func() { _ = g.Serve(l) }() // ends with Stop
	t.Cleanup(g.Stop)
	return s
}

// Break has the topic refuse every message, as one that does not exist, or lets
// it accept them again.
func (w *World) Break(topic string, broken bool) {
	code := codes.OK
	if broken {
		code = codes.NotFound
	}
	w.fail(topic, code)
}

// Stall has the topic refuse every message as unavailable, which its clients try
// again until their time is over.
func (w *World) Stall(topic string) { w.fail(topic, codes.Unavailable) }

func (w *World) fail(topic string, code codes.Code) {
	w.sink.mu.Lock()
	defer w.sink.mu.Unlock()
	w.sink.broken[topic] = code
}

// Publish keeps the messages.
func (s *sink) Publish(_ context.Context, req *pubsubpb.PublishRequest) (*pubsubpb.PublishResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	topic := path.Base(req.GetTopic())
	if code := s.broken[topic]; code != codes.OK {
		return nil, status.Error(code, "the topic is broken")
	}
	res := &pubsubpb.PublishResponse{}
	for _, m := range req.GetMessages() {
		s.events = append(s.events, Event{Topic: topic, Attributes: m.GetAttributes(), Data: m.GetData()})
		res.MessageIds = append(res.MessageIds, random())
	}
	return res, nil
}

// CreateTask keeps the task.
func (s *sink) CreateTask(_ context.Context, req *cloudtaskspb.CreateTaskRequest) (*cloudtaskspb.Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := req.GetTask()
	if s.names[t.GetName()] {
		return nil, status.Error(codes.AlreadyExists, "a task of this name exists")
	}
	s.names[t.GetName()] = true
	s.tasks = append(s.tasks, Task{
		Queue: path.Base(req.GetParent()), Name: t.GetName(), Due: due(t.GetScheduleTime()),
		URL: t.GetHttpRequest().GetUrl(), Headers: t.GetHttpRequest().GetHeaders(), Body: t.GetHttpRequest().GetBody(),
		Identity: t.GetHttpRequest().GetOidcToken().GetServiceAccountEmail(), Audience: t.GetHttpRequest().GetOidcToken().GetAudience(),
	})
	return t, nil
}

func due(at *timestamppb.Timestamp) time.Time {
	if at == nil {
		return time.Time{}
	}
	return at.AsTime()
}
