package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"testing"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// gate stands between a process and the Spanner emulator, sees every commit, and can cut the process off for good just before
// or just after one of them: to the database that is a kill -9. It passes everything else on as it is.
type gate struct {
	addr     string
	upstream *grpc.ClientConn

	mu      sync.Mutex
	largest int    // mutations of the largest commit
	whose   string // its tag
	seen    map[string]int
	cut     func(tag string, nth int, committed bool) bool // says where to cut; nil for nowhere
	dead    bool
}

// openGate starts one before the emulator in the environment.
func openGate(t *testing.T) *gate {
	t.Helper()
	upstream, err := grpc.NewClient(os.Getenv("SPANNER_EMULATOR_HOST"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{addr: l.Addr().String(), upstream: upstream, seen: map[string]int{}}
	s := grpc.NewServer(grpc.UnknownServiceHandler(g.pass), grpc.ForceServerCodec(asItIs{}), grpc.MaxRecvMsgSize(100<<20))
	go func() { _ = s.Serve(l) }() // ends with Stop
	t.Cleanup(func() { s.Stop(); upstream.Close() })
	return g
}

// asItIs is the codec that leaves messages encoded.
type asItIs struct{}

func (asItIs) Name() string { return "proto" }

func (asItIs) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }

func (asItIs) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}

// errKilled is an error that the client does not try again.
var errKilled = status.Error(codes.Unknown, "killed")

// pass hands one call on: Spanner's take one message and answer one or more.
func (g *gate) pass(_ any, down grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(down)
	var request []byte
	if err := down.RecvMsg(&request); err != nil {
		return err
	}
	commit := &spannerpb.CommitRequest{}
	if method != spannerpb.Spanner_Commit_FullMethodName {
		commit = nil
	} else if err := proto.Unmarshal(request, commit); err != nil {
		return err
	}
	if g.stops(commit, false) {
		g.forget(commit)
		return errKilled
	}
	return g.forward(down, method, request, func() bool { return g.stops(commit, true) })
}

// forget ends the transaction of a process that is cut off. Spanner does so by itself; the emulator never would, and let
// nobody else write.
func (g *gate) forget(commit *spannerpb.CommitRequest) {
	if id := commit.GetTransactionId(); len(id) > 0 {
		_, _ = spannerpb.NewSpannerClient(g.upstream).Rollback(context.Background(), // nobody is left to hear of an error
			&spannerpb.RollbackRequest{Session: commit.GetSession(), TransactionId: id})
	}
}

func (g *gate) forward(down grpc.ServerStream, method string, request []byte, stops func() bool) error {
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
		if stops() {
			return errKilled
		}
		if err := down.SendMsg(&answer); err != nil {
			return err
		}
	}
}

// stops says whether the process is cut off here.
func (g *gate) stops(commit *spannerpb.CommitRequest, committed bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if commit == nil || g.dead {
		return g.dead
	}
	tag := commit.GetRequestOptions().GetTransactionTag()
	if !committed {
		g.measure(tag, commit.GetMutations())
	} else {
		g.seen[tag]++
	}
	nth := g.seen[tag]
	if !committed {
		nth++
	}
	g.dead = g.cut != nil && g.cut(tag, nth, committed)
	return g.dead
}

// isDead says whether the cut has come.
func (g *gate) isDead() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.dead
}

// indexes are how many entries of secondary indexes may change with a row: an old and a new one each.
var indexes = map[string]int{"Orders": 2 * 4, "BuyerGroups": 2 * 3, "Members": 2}

// measure counts as Spanner does: a cell is a mutation, and so is each entry of an index, at its columns' number.
func (g *gate) measure(tag string, ms []*spannerpb.Mutation) {
	const columns = 4 // of an index, at most
	n := 0
	for _, m := range ms {
		for _, w := range []*spannerpb.Mutation_Write{m.GetInsert(), m.GetUpdate(), m.GetInsertOrUpdate(), m.GetReplace()} {
			n += len(w.GetValues()) * (len(w.GetColumns()) + columns*indexes[w.GetTable()])
		}
		n += len(m.GetDelete().GetKeySet().GetKeys())
	}
	if n > g.largest {
		g.largest, g.whose = n, tag
	}
}

// mostMutations is the most that a commit of ours may have; Spanner takes 80,000, the emulator any number.
const mostMutations = 40_000

func (g *gate) within(t *testing.T) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	told := fmt.Sprintf("the largest commit, %q, has %d mutations", g.whose, g.largest)
	if t.Log(told); g.largest > mostMutations || g.largest == 0 {
		t.Errorf("%s; at most %d are allowed", told, mostMutations)
	}
}
