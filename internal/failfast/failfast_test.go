package failfast_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/issho-shop/issho/internal/failfast"
	"github.com/issho-shop/issho/internal/fault"
)

func dial(t *testing.T, addr string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient("passthrough:///"+addr, append(new(failfast.Store).Options(), grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func call(ctx context.Context, conn *grpc.ClientConn) error {
	return conn.Invoke(ctx, "/a.B/C", &emptypb.Empty{}, &emptypb.Empty{})
}

func TestHealthyConnectionIsUntouched(t *testing.T) {
	l := listen(t)
	server := grpc.NewServer()
	go func() { _ = server.Serve(l) }() // ends with Stop
	t.Cleanup(server.Stop)
	if err := call(t.Context(), dial(t, l.Addr().String())); status.Code(err) != codes.Unimplemented {
		t.Errorf("call: %v, want the server's own answer", err)
	}
}

func TestRefusedAndSilentPeers(t *testing.T) {
	closed := listen(t)
	closed.Close()
	for name, addr := range map[string]string{
		"refuses connections":      closed.Addr().String(),
		"accepts and says nothing": listen(t).Addr().String(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, addr)
			for range 2 {
				began := time.Now()
				err := call(t.Context(), conn)
				if fault.ReasonOf(err) != fault.StoreUnavailable {
					t.Errorf("call: %v, want STORE_UNAVAILABLE", err)
				}
				if _, retried := status.FromError(err); retried {
					t.Error("the error carries a gRPC status, which clients retry")
				}
				if took := time.Since(began); took > time.Second {
					t.Errorf("took %v", took)
				}
			}
		})
	}
}

func TestCallerWhoGivesUpFirst(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := call(ctx, dial(t, listen(t).Addr().String())); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("call: %v, want the caller's own deadline", err)
	}
}
