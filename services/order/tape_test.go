package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"testing"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/issho-shop/issho/internal/id"
)

// tape stands between a process and the Spanner emulator and writes down every call while it is on, so that the same
// calls can be made again without the process.
type tape struct {
	addr     string
	upstream *grpc.ClientConn

	mu    sync.Mutex
	on    bool
	calls []*rpc
}

// rpc is one call of Spanner; began is the transaction that its answer named, empty when it began none.
type rpc struct {
	method string
	header metadata.MD
	body   []byte
	began  []byte
}

func newTape(t testing.TB) *tape {
	t.Helper()
	upstream, err := grpc.NewClient(os.Getenv("SPANNER_EMULATOR_HOST"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &tape{addr: l.Addr().String(), upstream: upstream}
	s := grpc.NewServer(grpc.UnknownServiceHandler(r.pass), grpc.ForceServerCodec(encoded{}), grpc.MaxRecvMsgSize(100<<20))
	go func() { _ = s.Serve(l) }() // ends with Stop
	t.Cleanup(func() { s.Stop(); upstream.Close() })
	return r
}

// encoded is the codec that leaves messages as they are.
type encoded struct{}

func (encoded) Name() string { return "proto" }

func (encoded) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }

func (encoded) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}

func (r *tape) pass(_ any, down grpc.ServerStream) error {
	c := &rpc{}
	c.method, _ = grpc.MethodFromServerStream(down)
	if err := down.RecvMsg(&c.body); err != nil {
		return err
	}
	c.header, _ = metadata.FromIncomingContext(down.Context())
	r.mu.Lock()
	if r.on {
		r.calls = append(r.calls, c)
	}
	r.mu.Unlock()
	return r.make(down.Context(), c, func(answer []byte) error { return down.SendMsg(&answer) }, down.SetTrailer)
}

// make makes a call, hands each answer on, and notes the transaction that it began.
func (r *tape) make(ctx context.Context, c *rpc, answered func([]byte) error, trailer func(metadata.MD)) error {
	ctx, cancel := context.WithCancel(metadata.NewOutgoingContext(ctx, c.header))
	defer cancel()
	up, err := r.upstream.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, c.method,
		grpc.ForceCodec(encoded{}), grpc.MaxCallRecvMsgSize(100<<20))
	if err != nil {
		return err
	}
	if err := errors.Join(up.SendMsg(&c.body), up.CloseSend()); err != nil {
		return err
	}
	for {
		var answer []byte
		if err := up.RecvMsg(&answer); err != nil {
			trailer(up.Trailer())
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if id := begun(c.method, answer); id != nil {
			c.began = id
		}
		if err := answered(answer); err != nil {
			return err
		}
	}
}

// begun is the transaction that an answer names, if it does.
func begun(method string, answer []byte) []byte {
	switch method {
	case spannerpb.Spanner_BeginTransaction_FullMethodName:
		var t spannerpb.Transaction
		if proto.Unmarshal(answer, &t) == nil {
			return t.GetId()
		}
	case spannerpb.Spanner_ExecuteStreamingSql_FullMethodName, spannerpb.Spanner_StreamingRead_FullMethodName:
		var part spannerpb.PartialResultSet
		if proto.Unmarshal(answer, &part) == nil && len(part.GetMetadata().GetTransaction().GetId()) > 0 {
			return part.GetMetadata().GetTransaction().GetId()
		}
	}
	return nil
}

// purchase is the calls of one checkout: those made until it was answered, and those of the sending afterwards.
type purchase struct{ before, after []rpc }

// played is a recorded purchase, and what of it has to be new each time. Writers queue, as those of one process do.
type played struct {
	*tape
	purchase
	names []string

	writing sync.Mutex
}

// recorded records one checkout, with what it sends after its answer.
func (k *benchShop) recorded(b *testing.B) *played {
	b.Helper()
	p := &played{tape: k.rec}
	req := start(k.c)
	k.rec.listen(true)
	res := k.buy("buyer-000000", req)
	p.before = k.rec.take()
	k.w.WaitEvent("order.authorised")
	k.w.WaitEvent("group.opened")
	for {
		p.after = append(p.after, k.rec.take()...)
		if count(b, k.shop, "Outbox") == 0 {
			break
		}
	}
	k.rec.listen(false)
	p.names = []string{"buyer-000000", req.GetRequestId(), res.GetOrder().GetOrderId(), res.GetGroup().GetGroupId()}
	return p
}

func (r *tape) listen(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on, r.calls = on, nil
}

func (r *tape) take() []rpc {
	r.mu.Lock()
	defer r.mu.Unlock()
	var calls []rpc
	for _, c := range r.calls {
		calls = append(calls, *c)
	}
	r.calls = nil
	return calls
}

// renamed is the purchase as another customer makes it. Names keep their length, so that encoded messages stay whole.
func (p *played) renamed(b *testing.B, i int) purchase {
	b.Helper()
	fresh := []string{fmt.Sprintf("bench-%06d", i), uuid.NewString(), id.New("ord"), id.New("grp")}
	anew := func(calls []rpc) []rpc {
		out := make([]rpc, len(calls))
		for j, c := range calls {
			for n, old := range p.names {
				if len(old) != len(fresh[n]) {
					b.Fatalf("%s cannot become %s", old, fresh[n])
				}
				c.body = bytes.ReplaceAll(c.body, []byte(old), []byte(fresh[n]))
			}
			out[j] = c
		}
		return out
	}
	return purchase{anew(p.before), anew(p.after)}
}

// again makes the calls of a purchase, those of its sending in the background.
func (p *played) again(ctx context.Context, one purchase) error {
	if err := p.makeAll(ctx, one.before); err != nil {
		return err
	}
	go func() { _ = p.makeAll(context.WithoutCancel(ctx), one.after) }() // deletes of what was sent
	return nil
}

// makeAll makes calls one after the other: from the one that begins a transaction to its commit as the only writer.
func (p *played) makeAll(ctx context.Context, calls []rpc) error {
	now := map[string][]byte{} // transactions of the recording, and of this time
	writing := false
	defer func() {
		if writing {
			p.writing.Unlock()
		}
	}()
	for _, c := range calls {
		if (len(c.began) > 0 || c.method == spannerpb.Spanner_Commit_FullMethodName) && !writing {
			p.writing.Lock()
			writing = true
		}
		was := c.began
		if err := c.join(now); err != nil {
			return err
		}
		if err := p.make(ctx, &c, func([]byte) error { return nil }, func(metadata.MD) {}); err != nil && status.Code(err) != codes.NotFound {
			return fmt.Errorf("%s: %w", c.method, err)
		}
		if len(was) > 0 {
			now[string(was)] = c.began
		}
		if c.method == spannerpb.Spanner_Commit_FullMethodName && writing {
			p.writing.Unlock()
			writing = false
		}
	}
	return nil
}

// join puts a call into the transaction that stands for its own now.
func (c *rpc) join(now map[string][]byte) (err error) {
	switch c.method {
	case spannerpb.Spanner_ExecuteStreamingSql_FullMethodName:
		var m spannerpb.ExecuteSqlRequest
		if err = proto.Unmarshal(c.body, &m); err == nil && now[string(m.GetTransaction().GetId())] != nil {
			m.Transaction.Selector = &spannerpb.TransactionSelector_Id{Id: now[string(m.GetTransaction().GetId())]}
			c.body, err = proto.Marshal(&m)
		}
	case spannerpb.Spanner_StreamingRead_FullMethodName:
		var m spannerpb.ReadRequest
		if err = proto.Unmarshal(c.body, &m); err == nil && now[string(m.GetTransaction().GetId())] != nil {
			m.Transaction.Selector = &spannerpb.TransactionSelector_Id{Id: now[string(m.GetTransaction().GetId())]}
			c.body, err = proto.Marshal(&m)
		}
	case spannerpb.Spanner_Commit_FullMethodName:
		var m spannerpb.CommitRequest
		if err = proto.Unmarshal(c.body, &m); err == nil && now[string(m.GetTransactionId())] != nil {
			m.Transaction = &spannerpb.CommitRequest_TransactionId{TransactionId: now[string(m.GetTransactionId())]}
			c.body, err = proto.Marshal(&m)
		}
	}
	return err
}
