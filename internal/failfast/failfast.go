// Package failfast makes a store that is down be felt at once, and its return
// as well.
//
// Google's clients retry UNAVAILABLE until the caller's deadline, and gRPC waits
// up to two minutes between attempts to connect. Behind the options of this
// package a call over a connection that cannot be made fails within a second
// with STORE_UNAVAILABLE, a refusal that no client retries, and a lost
// connection is tried again at least each second.
//
// Used by spandb and firedb; calls over a healthy connection are untouched.
package failfast

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"

	"github.com/issho-shop/issho/internal/fault"
)

// patience is how long a call waits for a connection that is being made: enough
// for a TLS handshake on a cold start, and under the second promised to callers.
const patience = 800 * time.Millisecond

// Options returns what a client must be dialled with to fail fast.
func Options() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second},
			MinConnectTimeout: 5 * time.Second,
		}),
		grpc.WithChainUnaryInterceptor(unary),
		grpc.WithChainStreamInterceptor(stream),
	}
}

func unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if err := connected(ctx, cc); err != nil {
		return err
	}
	return invoke(ctx, method, req, reply, cc, opts...)
}

func stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if err := connected(ctx, cc); err != nil {
		return nil, err
	}
	return open(ctx, desc, cc, method, opts...)
}

// connected returns nil once cc is ready. It gives up at once where the last
// attempt to connect failed, and after patience where one hangs.
func connected(ctx context.Context, cc *grpc.ClientConn) error {
	if cc.GetState() == connectivity.Ready {
		return nil
	}
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		state := cc.GetState()
		switch state {
		case connectivity.Ready:
			return nil
		case connectivity.TransientFailure:
			return down(cc, state)
		case connectivity.Idle:
			cc.Connect()
		}
		if !cc.WaitForStateChange(wait, state) {
			if err := ctx.Err(); err != nil {
				return err
			}
			return down(cc, state)
		}
	}
}

// down says why. The cause is text, not a gRPC status: a status of UNAVAILABLE
// anywhere in the chain would have the client retry.
func down(cc *grpc.ClientConn, state connectivity.State) error {
	return fault.New(fault.StoreUnavailable).Because(fmt.Errorf("connection to %s is %s", cc.Target(), state))
}
