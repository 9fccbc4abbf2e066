package spandb

import (
	"context"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// lostTransaction are the words with which the Spanner emulator reports that a
// second transaction of the client's one multiplexed session has pushed out the
// first. It calls that a failed precondition; Spanner itself says ABORTED, which
// makes the client run the transaction again.
var lostTransaction = []string{
	"Transaction not found",
	"transaction has been rolled back",
	"after it has been rolled back",
	"after it has been committed or rolledback",
	"Invalid transaction ID",
}

// emulatorOptions lets the newest client write concurrently to the emulator.
func emulatorOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			return emulatorError(invoke(ctx, method, req, reply, cc, opts...))
		}),
		grpc.WithChainStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			s, err := open(ctx, desc, cc, method, opts...)
			return emulatorStream{s}, emulatorError(err)
		}),
	}
}

type emulatorStream struct{ grpc.ClientStream }

func (s emulatorStream) RecvMsg(m any) error { return emulatorError(s.ClientStream.RecvMsg(m)) }

func emulatorError(err error) error {
	st, ok := status.FromError(err)
	if !ok || st.Code() == codes.OK || st.Code() == codes.Aborted {
		return err
	}
	for _, words := range lostTransaction {
		if strings.Contains(st.Message(), words) {
			return status.Error(codes.Aborted, st.Message())
		}
	}
	return err
}

// turn lets one transaction of this process write at a time on the emulator, which runs no more than that and aborts the
// others, so that they would spend their time in trying again. Whoever has waited long goes all the same: it is a courtesy,
// not a lock. Elsewhere it is nil and nobody waits.
type turn chan struct{}

// patience is how long a writer waits for its turn.
const patience = 300 * time.Millisecond

func newTurn() turn {
	if os.Getenv("SPANNER_EMULATOR_HOST") == "" {
		return nil
	}
	return make(turn, 1)
}

// take waits for the turn and returns what ends it.
func (t turn) take(ctx context.Context) (end func()) {
	end = func() {}
	if t == nil {
		return end
	}
	select {
	case t <- struct{}{}:
		end = func() { <-t }
	case <-time.After(patience):
	case <-ctx.Done():
	}
	return end
}
