// Package firedb opens Firestore databases so that they fail fast, and tells
// what their errors mean.
//
// Each Firestore service has a named database of its own. Its documents have a
// single writer each; where two may meet, the write carries a precondition on
// the document's last update, and losing is CONFLICT.
//
// Sibling of spandb: a store that is down answers STORE_UNAVAILABLE within a
// second and is used again as soon as it is back.
package firedb

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/issho-shop/issho/internal/failfast"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/roundtrip"
)

// Open returns the named database of project; "" is the default one. It does not
// wait for the database to answer.
func Open(ctx context.Context, project, database string) (*firestore.Client, error) {
	opts, err := options()
	if err != nil {
		return nil, fmt.Errorf("open firestore %s/%s: %w", project, database, err)
	}
	var client *firestore.Client
	if database == "" || database == firestore.DefaultDatabaseID {
		client, err = firestore.NewClient(ctx, project, opts...)
	} else {
		client, err = firestore.NewClientWithDatabase(ctx, project, database, opts...)
	}
	if err != nil {
		return nil, fmt.Errorf("open firestore %s/%s: %w", project, database, err)
	}
	return client, nil
}

// options dials the emulator itself: the client would, without ours. The last
// connection named wins.
func options() ([]option.ClientOption, error) {
	dial := append(new(failfast.Store).Options(), roundtrip.Measured("firestore"))
	host := os.Getenv("FIRESTORE_EMULATOR_HOST")
	if host == "" {
		var opts []option.ClientOption
		for _, d := range dial {
			opts = append(opts, option.WithGRPCDialOption(d))
		}
		return opts, nil
	}
	dial = append(dial,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithPerRPCCredentials(owner{}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32)),
	)
	conn, err := grpc.NewClient("passthrough:///"+host, dial...)
	if err != nil {
		return nil, err
	}
	return []option.ClientOption{option.WithGRPCConn(conn)}, nil
}

// owner is the credential by which the emulator passes over security rules.
type owner struct{}

func (owner) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer owner"}, nil
}

func (owner) RequireTransportSecurity() bool { return false }

// Ping returns a check that c's database answers, for readiness: it reads a
// document that need not exist.
func Ping(c *firestore.Client) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		_, err := c.Collection("ready").Doc("ping").Get(ctx)
		if Absent(err) {
			return nil
		}
		return Fault(err)
	}
}

// Fault maps what is the store's doing to a refusal: unreachable is
// STORE_UNAVAILABLE, a lost race is CONFLICT. Other errors stay as they are;
// whether NOT_FOUND is one is for the caller to say.
func Fault(err error) error {
	var already *fault.Error
	if errors.As(err, &already) {
		return already
	}
	switch status.Code(err) {
	case codes.Unavailable:
		return fault.New(fault.StoreUnavailable).Because(err)
	case codes.Aborted:
		return fault.New(fault.Conflict).Because(err)
	}
	return err
}

// WriteFault is Fault for a write, where a precondition that does not hold is a
// lost race too. Of a query the same word says that it lacks its index.
func WriteFault(err error) error {
	if status.Code(err) == codes.FailedPrecondition {
		return fault.New(fault.Conflict).Because(err)
	}
	return Fault(err)
}

// Absent says that err is Firestore's word for a document that is not there, or
// the end of an iteration.
func Absent(err error) bool {
	return status.Code(err) == codes.NotFound || errors.Is(err, iterator.Done)
}

// Exists says that err is Firestore's refusal to create what is there already.
func Exists(err error) bool { return status.Code(err) == codes.AlreadyExists }
