// Setup creates on the emulators what terraform/declared.yaml declares: the Spanner instance and its empty
// databases, topics, subscriptions with their back-off and dead letters, and Cloud Tasks queues. It waits for
// the emulators to answer, may be run again at any time, and changes nothing that is there already.
//
// Firestore's emulator makes a database when it is first used; tables come from each service's `migrate`.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/issho-shop/issho/dev/declared"
)

// patience bounds the wait for emulators that are still starting.
const patience = 90 * time.Second

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatalf("setup: %v", err)
	}
}

func run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, name := range []string{"SPANNER_EMULATOR_HOST", "FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST", "CLOUD_TASKS_EMULATOR_HOST", "STORAGE_EMULATOR_HOST"} {
		if os.Getenv(name) == "" {
			return fmt.Errorf("%s is not set: setup creates things on emulators only", name)
		}
	}
	d, err := declared.Read(declared.File)
	if err != nil {
		return err
	}
	project, location := os.Getenv("PROJECT"), os.Getenv("LOCATION")
	if project == "" || location == "" {
		return errors.New("PROJECT and LOCATION are not set")
	}
	if err := databases(ctx, project, d); err != nil {
		return fmt.Errorf("spanner: %w", err)
	}
	if err := messaging(ctx, project, d); err != nil {
		return fmt.Errorf("pubsub: %w", err)
	}
	if err := queues(ctx, project, location, d); err != nil {
		return fmt.Errorf("cloud tasks: %w", err)
	}
	if err := buckets(ctx, project, d); err != nil {
		return fmt.Errorf("cloud storage: %w", err)
	}
	return firestoreAnswers(ctx)
}

// firestoreAnswers waits for Firestore's emulator, which has nothing to create: services begin after this program.
func firestoreAnswers(ctx context.Context) error {
	return patiently(ctx, "firestore", func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+os.Getenv("FIRESTORE_EMULATOR_HOST")+"/", nil)
		if err != nil {
			return err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return status.Error(codes.Unavailable, err.Error())
		}
		return res.Body.Close()
	})
}

// create makes one thing; what exists already is as good as created.
func create(ctx context.Context, what string, call func(context.Context) error) error {
	err := patiently(ctx, what, call)
	if status.Code(err) == codes.AlreadyExists {
		return nil
	}
	if err == nil {
		log.Printf("created %s", what)
	}
	return err
}

// patiently repeats a call until the emulator answers.
func patiently(ctx context.Context, what string, call func(context.Context) error) error {
	for {
		err := call(ctx)
		switch status.Code(err) {
		case codes.OK:
			return nil
		case codes.Unavailable, codes.DeadlineExceeded:
		default:
			return fmt.Errorf("%s: %w", what, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: no answer from the emulator: %w", what, err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}
