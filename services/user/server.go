package main

import (
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/clock"
	"github.com/issho-shop/issho/internal/gen/issho/user/v1/userv1connect"
)

// userServer has a method for each RPC, each in a file of its own.
type userServer struct {
	db      *firestore.Client
	clock   *clock.Clock
	keepers []keeper
}

var (
	_ userv1connect.UserServiceHandler         = (*userServer)(nil)
	_ userv1connect.UserInternalServiceHandler = (*userServer)(nil)
)

// now is the time in the precision of the store, microseconds, so that what is answered equals what is read later.
func (s *userServer) now() time.Time { return s.clock.Now().Truncate(time.Microsecond) }
