// Package failfast makes a store that is down be felt at once, and its return
// as well.
//
// Google's clients retry UNAVAILABLE until the caller's deadline, and gRPC waits
// up to two minutes between attempts to connect. Behind the options of this
// package a call over a connection that cannot be made fails within a second
// with STORE_UNAVAILABLE, a refusal that no client retries, and a lost
// connection is tried again ten times a second, so that the first call after
// the store has come back finds it.
//
// Used by spandb, firedb and outbox; calls over a healthy connection are untouched.
package failfast

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"

	"github.com/issho-shop/issho/internal/fault"
)

const (
	// patience is how long a call waits for a connection that is being made and not
	// refused: enough for a cold start, and under the second promised to callers.
	patience = 800 * time.Millisecond
	// again is the longest pause between two attempts to connect.
	again = 100 * time.Millisecond
	// moment is how long a call waits once an attempt has failed: long enough
	// to see the next one, and short enough for the four calls of a failing transaction.
	moment = 120 * time.Millisecond
)

// Store is what is known of the connections to one store. The zero value is ready.
type Store struct{ down atomic.Bool }

// Down says whether the last call found no connection.
func (s *Store) Down() bool { return s.down.Load() }

// Options returns what a client must be dialled with to fail fast.
func (s *Store) Options() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: again},
			MinConnectTimeout: 5 * time.Second,
		}),
		grpc.WithChainUnaryInterceptor(s.unary),
		grpc.WithChainStreamInterceptor(s.stream),
	}
}

func (s *Store) unary(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if err := s.connected(ctx, cc); err != nil {
		return err
	}
	return invoke(ctx, method, req, reply, cc, opts...)
}

func (s *Store) stream(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if err := s.connected(ctx, cc); err != nil {
		return nil, err
	}
	return open(ctx, desc, cc, method, opts...)
}

func (s *Store) connected(ctx context.Context, cc *grpc.ClientConn) error {
	err := connected(ctx, cc)
	s.down.Store(err != nil)
	return err
}

// connected returns nil once cc is ready, or what keeps it from being so.
func connected(ctx context.Context, cc *grpc.ClientConn) error {
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	refused := false
	for state := cc.GetState(); state != connectivity.Ready; state = cc.GetState() {
		if state == connectivity.Idle {
			cc.Connect()
		}
		if state == connectivity.TransientFailure && !refused {
			refused = true
			wait, cancel = context.WithTimeout(ctx, moment)
			defer cancel()
		}
		if cc.WaitForStateChange(wait, state) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return down(cc, state)
	}
	return nil
}

// down says why. The cause is text, not a gRPC status: a status of UNAVAILABLE
// anywhere in the chain would have the client retry.
func down(cc *grpc.ClientConn, state connectivity.State) error {
	return fault.New(fault.StoreUnavailable).Because(fmt.Errorf("connection to %s is %s", cc.Target(), state))
}
