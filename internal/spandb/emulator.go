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
// others, so that they would spend their time in trying again. It is a courtesy, not a lock: nobody waits for a store that
// is down. Elsewhere it is nil and nobody waits at all.
type turn chan struct{}

func newTurn() turn {
	if os.Getenv("SPANNER_EMULATOR_HOST") == "" {
		return nil
	}
	return make(turn, 1)
}

// OneWriter says whether the database writes one transaction at a time, as the emulator does: then it is best to do much in each.
func (db *DB) OneWriter() bool { return db.turn != nil }

// take waits for the turn and returns what ends it.
func (t turn) take(ctx context.Context, down func() bool) (end func()) {
	for t != nil && !down() {
		select {
		case t <- struct{}{}:
			return func() { <-t }
		case <-ctx.Done():
			return func() {}
		case <-time.After(20 * time.Millisecond): // look again whether it is down
		}
	}
	return func() {}
}
