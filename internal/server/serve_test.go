package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/issho-shop/issho/internal/fault"
)

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestHealth(t *testing.T) {
	t.Parallel()
	p := prepare(t, nil)
	var broken atomic.Bool
	p.Ready("store", func(ctx context.Context) error {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("a check may take for ever")
		}
		if broken.Load() {
			return errors.New("secret address refused")
		}
		return nil
	})
	p.serve(t)
	probe := func(path string, status int, body string) {
		t.Helper()
		if code, text := get(t, p.URL()+path); code != status || strings.TrimSpace(text) != body {
			t.Errorf("%s: got %d %s", path, code, text)
		}
	}
	probe("/health/live", 200, "")
	probe("/health/ready", 200, "{}")
	broken.Store(true)
	probe("/health/ready", 503, `{"failing":["store"]}`)
	probe("/health/live", 200, "")
	if got := p.log.find(t, "check", "store"); len(got) != 1 || got[0]["error"] != "secret address refused" {
		t.Errorf("logged %v", got)
	}
	broken.Store(false)
	p.ready.Store(false)
	probe("/health/ready", 503, "{}")
}

func TestNotReadyWithoutKeys(t *testing.T) {
	t.Parallel()
	p := prepare(t, map[string]string{"USER_JWKS_URL": "http://127.0.0.1:1"}).serve(t)
	if code, body := get(t, p.URL()+"/health/ready"); code != 503 || !strings.Contains(body, "keys") {
		t.Errorf("got %d %s", code, body)
	}
}

// registerDoor makes a service without policies known, as a generated package does.
var registerDoor = sync.OnceValue(func() error {
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("open.proto"), Package: proto.String("open"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: proto.String("M")}},
		Service: []*descriptorpb.ServiceDescriptorProto{{Name: proto.String("Door"), Method: []*descriptorpb.MethodDescriptorProto{
			{Name: proto.String("Enter"), InputType: proto.String(".open.M"), OutputType: proto.String(".open.M")},
		}}},
	}, protoregistry.GlobalFiles)
	if err != nil {
		return err
	}
	return protoregistry.GlobalFiles.RegisterFile(file)
})

func TestServiceWithoutPolicyDoesNotBoot(t *testing.T) {
	t.Parallel()
	if err := registerDoor(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/open.Door/": "open.Door.Enter: has no policy", "/no.Such/": "not found", "/open.M/": "no service", "/": "no service's path"} {
		p := prepare(t, nil)
		p.RPC(path, http.NotFoundHandler())
		if err := p.Serve(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
	}
}

func TestDrain(t *testing.T) {
	t.Parallel()
	for _, protocol := range []string{"HTTP/1", "HTTP/2"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			begun, finish := make(chan struct{}), make(chan struct{})
			p := prepare(t, nil)
			var loops, ended atomic.Int32
			p.Loop("beat", time.Millisecond, func(context.Context) error {
				loops.Add(1)
				return nil
			})
			p.Go("worker", func(ctx context.Context) error {
				<-ctx.Done()
				ended.Add(1)
				return ctx.Err()
			})
			p.Handle("POST /slow", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				close(begun)
				<-finish
				io.WriteString(w, r.Proto)
			}))
			p.serve(t)
			client := http.DefaultClient
			if protocol == "HTTP/2" {
				client = &http.Client{Transport: p.transport}
			}
			answered := make(chan string, 1)
			go func() { answered <- slow(client, p.URL()+"/slow") }()
			<-begun
			p.stop()
			eventually(t, func() bool { return !p.ready.Load() && refusesConnections(p) })
			if ended.Load() != 0 {
				t.Error("the worker ended before the requests")
			}
			close(finish)
			if got := <-answered; !strings.HasPrefix(got, protocol) {
				t.Errorf("the request in flight got %q", got)
			}
			if err := <-p.done; err != nil {
				t.Error(err)
			}
			if ended.Load() != 1 || loops.Load() == 0 {
				t.Errorf("%d workers ended, %d rounds", ended.Load(), loops.Load())
			}
		})
	}
}

func slow(client *http.Client, url string) string {
	res, err := client.Post(url, "text/plain", nil)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

func refusesConnections(p *process) bool {
	conn, err := net.Dial("tcp", p.listener.Addr().String())
	if err == nil {
		conn.Close()
	}
	return err != nil
}

func TestLoopSurvivesItsRounds(t *testing.T) {
	t.Parallel()
	p := prepare(t, nil)
	var rounds atomic.Int32
	p.Loop("stumble", time.Millisecond, func(context.Context) error {
		switch rounds.Add(1) {
		case 1:
			return fault.New(fault.StoreUnavailable).Because(errors.New("gone"))
		case 2:
			panic("lost")
		}
		return nil
	})
	p.serve(t)
	eventually(t, func() bool { return rounds.Load() > 3 })
	var got []string
	for _, line := range p.log.find(t, "loop", "stumble") {
		got = append(got, line["severity"].(string)+" "+line["error"].(string))
	}
	if want := []string{"WARNING STORE_UNAVAILABLE: gone", "ERROR panic: lost"}; !slices.Equal(got, want) {
		t.Errorf("logged %q, want %q", got, want)
	}
}

func TestWorkerThatFailsEndsTheProcess(t *testing.T) {
	t.Parallel()
	p := prepare(t, nil)
	p.Go("feed", func(context.Context) error { return errors.New("cannot go on") })
	if err := p.Serve(t.Context()); err == nil || err.Error() != "feed: cannot go on" {
		t.Errorf("got %v", err)
	}
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	first := prepare(t, nil)
	var cfg Config
	if err := Load(t.Context(), environment(map[string]string{"PORT": first.URL()[len("http://127.0.0.1:"):]}), &cfg); err != nil {
		t.Fatal(err)
	}
	if s, err := New(t.Context(), "order", cfg); err == nil {
		s.Close()
		t.Error("two processes on one port")
	}
}

func TestConnectionsWaitUntilServed(t *testing.T) {
	t.Parallel()
	p := prepare(t, nil)
	answered := make(chan string, 1)
	go func() { answered <- slow(http.DefaultClient, p.URL()+"/early") }()
	p.Handle("POST /early", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "yes") }))
	p.serve(t)
	if got := <-answered; got != "yes" {
		t.Errorf("got %q", got)
	}
}

func TestBodyOfAPushIsBounded(t *testing.T) {
	t.Parallel()
	p := prepare(t, nil)
	failed := make(chan error, 1)
	p.Handle("POST /events/order", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		failed <- err
	}))
	p.serve(t)
	res, err := http.Post(p.URL()+"/events/order", "application/json", strings.NewReader(strings.Repeat("x", bodyMax+1)))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	var tooLarge *http.MaxBytesError
	if err := <-failed; !errors.As(err, &tooLarge) {
		t.Errorf("got %v", err)
	}
}
