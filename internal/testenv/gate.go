package testenv

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// Fate is what becomes of one commit that passes a Gate, on the side at which it is asked for.
type Fate int

// The fates.
const (
	Passes Fate = iota
	Lost        // the message is lost, and its sender finds the connection broken
	Kills       // the process is cut off for good: to the database that is a kill -9
)

// Gate stands between a process and the Spanner emulator and sees every commit. It can lose the request or the answer of
// one, cut the process off, and slow every call down. Everything else it passes on as it is.
type Gate struct {
	Addr     string // host:port to dial in place of the emulator's
	upstream *grpc.ClientConn

	mu    sync.Mutex
	fate  func(c *spannerpb.CommitRequest, tag string, nth int, committed bool) Fate
	seen  map[string]int // commits that were made, by tag
	calls map[string]int // by tag
	delay time.Duration
	dead  bool
}

// NewGate opens one before the emulator at upstream, a host:port. fate, if not nil, is asked twice about each commit: before
// it is passed on and, with committed, before its answer is.
func NewGate(t testing.TB, upstream string, fate func(c *spannerpb.CommitRequest, tag string, nth int, committed bool) Fate) *Gate {
	t.Helper()
	conn, err := grpc.NewClient(upstream, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &Gate{Addr: l.Addr().String(), upstream: conn, fate: fate, seen: map[string]int{}, calls: map[string]int{}}
	s := grpc.NewServer(grpc.UnknownServiceHandler(g.pass), grpc.ForceServerCodec(asItIs{}), grpc.MaxRecvMsgSize(100<<20))
	go func() { _ = s.Serve(l) }() // ends with Stop
	t.Cleanup(func() { s.Stop(); conn.Close() })
	return g
}

// Slow has every call wait that long first.
func (g *Gate) Slow(d time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.delay = d
}

// Calls is how many calls have come so far.
func (g *Gate) Calls() int {
	n := 0
	for _, calls := range g.CallsByTag() {
		n += calls
	}
	return n
}

// CallsByTag are the calls that have come so far, each under the tag of its transaction, or of itself where it has none.
func (g *Gate) CallsByTag() map[string]int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maps.Clone(g.calls)
}

// Dead says whether the process was cut off.
func (g *Gate) Dead() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.dead
}

// asItIs is the codec that leaves messages encoded.
type asItIs struct{}

func (asItIs) Name() string { return "proto" }

func (asItIs) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }

func (asItIs) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}

// The client does not try again what was killed, and does what was lost.
var (
	errKilled = status.Error(codes.Unknown, "killed")
	errLost   = status.Error(codes.Unavailable, "connection lost")
)

// pass hands one call on: Spanner's take one message and answer one or more.
func (g *Gate) pass(_ any, down grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(down)
	var request []byte
	if err := down.RecvMsg(&request); err != nil {
		return err
	}
	if err := g.wait(down.Context(), tagOf(method, request)); err != nil {
		return err
	}
	commit := &spannerpb.CommitRequest{}
	if method != spannerpb.Spanner_Commit_FullMethodName {
		commit = nil
	} else if err := proto.Unmarshal(request, commit); err != nil {
		return err
	}
	if err := g.stops(commit, false); err != nil {
		if errors.Is(err, errKilled) {
			g.forget(commit)
		}
		return err
	}
	return g.forward(down, method, request, func() error { return g.stops(commit, true) })
}

// tagOf is the tag of a call's transaction, or its own.
func tagOf(method string, request []byte) string {
	var m interface {
		proto.Message
		GetRequestOptions() *spannerpb.RequestOptions
	}
	switch method {
	case spannerpb.Spanner_StreamingRead_FullMethodName, spannerpb.Spanner_Read_FullMethodName:
		m = &spannerpb.ReadRequest{}
	case spannerpb.Spanner_ExecuteStreamingSql_FullMethodName, spannerpb.Spanner_ExecuteSql_FullMethodName:
		m = &spannerpb.ExecuteSqlRequest{}
	case spannerpb.Spanner_Commit_FullMethodName:
		m = &spannerpb.CommitRequest{}
	default:
		return ""
	}
	if proto.Unmarshal(request, m) != nil {
		return ""
	}
	return cmp.Or(m.GetRequestOptions().GetTransactionTag(), m.GetRequestOptions().GetRequestTag())
}

func (g *Gate) wait(ctx context.Context, tag string) error {
	g.mu.Lock()
	g.calls[tag]++
	d := g.delay
	g.mu.Unlock()
	if d == 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// forget ends the transaction of a process that is cut off. Spanner does so by itself; the emulator never would, and let
// nobody else write.
func (g *Gate) forget(commit *spannerpb.CommitRequest) {
	if id := commit.GetTransactionId(); len(id) > 0 {
		_, _ = spannerpb.NewSpannerClient(g.upstream).Rollback(context.Background(), // nobody is left to hear of an error
			&spannerpb.RollbackRequest{Session: commit.GetSession(), TransactionId: id})
	}
}

func (g *Gate) forward(down grpc.ServerStream, method string, request []byte, stops func() error) error {
	in, _ := metadata.FromIncomingContext(down.Context())
	ctx, cancel := context.WithCancel(metadata.NewOutgoingContext(down.Context(), in))
	defer cancel()
	up, err := g.upstream.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method,
		grpc.ForceCodec(asItIs{}), grpc.MaxCallRecvMsgSize(100<<20))
	if err != nil {
		return err
	}
	if err := errors.Join(up.SendMsg(&request), up.CloseSend()); err != nil {
		return err
	}
	for {
		var answer []byte
		if err := up.RecvMsg(&answer); err != nil {
			down.SetTrailer(up.Trailer())
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := stops(); err != nil {
			return err
		}
		if err := down.SendMsg(&answer); err != nil {
			return err
		}
	}
}

// stops says what becomes of a call here; commit is nil for what is none.
func (g *Gate) stops(commit *spannerpb.CommitRequest, committed bool) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.dead {
		return errKilled
	}
	if commit == nil {
		return nil
	}
	tag := commit.GetRequestOptions().GetTransactionTag()
	nth := g.seen[tag] + 1
	if committed {
		g.seen[tag]++
	}
	if g.fate == nil {
		return nil
	}
	switch g.fate(commit, tag, nth, committed) {
	case Kills:
		g.dead = true
		return errKilled
	case Lost:
		return errLost
	case Passes:
	}
	return nil
}
