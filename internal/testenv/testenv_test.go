package testenv_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/internal/server"
	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
)

type config struct {
	server.Config
	Outbox          outbox.Config
	SpannerDatabase string `env:"SPANNER_DATABASE, required"`
}

const procedure = "/issho.echo.v1.EchoInternalService/Echo"

// run is a service that sends itself a task when it is asked, and says who calls.
func run(ctx context.Context, s *server.Server, cfg config) error {
	db, err := spandb.Open(ctx, cfg.SpannerDatabase)
	if err != nil {
		return err
	}
	defer db.Close()
	out, err := outbox.New(ctx, "echo", db, s.Clock(), cfg.Outbox)
	if err != nil {
		return err
	}
	defer out.Close()
	s.Handle("POST /ask", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := out.Update(r.Context(), "ask", func(ctx context.Context, _ *spanner.ReadWriteTransaction, b *outbox.Batch) error {
			b.Add(ctx, outbox.Task("echo", "ask/1", procedure, structpb.NewNullValue(), s.Clock().Now().Add(time.Hour)))
			return nil
		})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
	s.Handle("POST "+procedure, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := s.Verifier().Service(r)
		if err != nil || who != "tasks" || r.Header.Get("Connect-Protocol-Version") != "1" {
			http.Error(w, fmt.Sprint(who, err), http.StatusForbidden)
		}
	}))
	s.Handle("GET /self", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, err := s.Tokens().Token(r.Context(), cfg.SelfURL)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		r.Header.Set("Authorization", "Bearer "+token)
		who, err := s.Verifier().Service(r)
		fmt.Fprint(w, who, " ", err)
	}))
	return s.Serve(ctx)
}

func TestServe(t *testing.T) {
	t.Parallel()
	w := testenv.New(t, "echo")
	w.Set("SPANNER_DATABASE", testenv.Database(t, outbox.Schema))
	base := testenv.Serve(w, run)

	w.Advance(time.Hour)
	res, err := http.Post(base+"/ask", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("ask: HTTP %d", res.StatusCode)
	}
	task := w.WaitTask("echo")
	if wait := time.Until(task.Due); wait < 59*time.Minute || wait > time.Hour {
		t.Errorf("due in %v of real time, want an hour", wait)
	}
	if code := w.RunTask(base, task); code != http.StatusOK {
		t.Errorf("the task: HTTP %d", code)
	}

	res, err = http.Get(base + "/self")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if said, err := io.ReadAll(res.Body); string(said) != "echo <nil>" || err != nil {
		t.Errorf("the service's own token: %s, %v", said, err)
	}
}

func TestUserTokens(t *testing.T) {
	t.Parallel()
	w := testenv.New(t, "echo")
	v := w.Verifier()
	for name, tc := range map[string]struct {
		user testenv.User
		want caller.Caller
	}{
		"customer": {testenv.User{ID: "u_1", Name: "花子"}, caller.Caller{UserID: "u_1", Name: "花子"}},
		"guest":    {testenv.User{ID: "g_1", Guest: true}, caller.Caller{UserID: "g_1", Guest: true}},
		"merchant": {testenv.User{ID: "u_2", MerchantID: "m_1"}, caller.Caller{UserID: "u_2", MerchantID: "m_1"}},
		"operator": {testenv.User{ID: "u_3", Operator: true}, caller.Caller{UserID: "u_3", Operator: true}},
	} {
		got, err := v.User(t.Context(), w.UserToken(tc.user))
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	if _, err := testenv.New(t, "echo").Verifier().User(t.Context(), w.UserToken(testenv.User{ID: "u_1"})); err == nil {
		t.Error("one world believes the tokens of another")
	}
}

func TestWaitsReturnEachOnce(t *testing.T) {
	t.Parallel()
	w := testenv.New(t, "echo")
	topics, err := outbox.OpenTopics(t.Context(), "echo", w.OutboxConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer topics.Close()
	for version := range int64(2) {
		if err := topics.Publish(t.Context(), outbox.Event("echo", "echo.said", "echo/e_1", version, time.Now(), structpb.NewNullValue())); err != nil {
			t.Fatal(err)
		}
	}
	first, second := w.WaitEvent("echo.said"), w.WaitEvent("echo.said")
	if first.Attributes["ce-id"] != "echo/e_1/0" || second.Attributes["ce-id"] != "echo/e_1/1" {
		t.Errorf("waited for %v and %v", first, second)
	}
}

// failing records how a test would have failed.
type failing struct {
	testing.TB
	said string
}

func (f *failing) Helper() {}

func (f *failing) Fatalf(format string, args ...any) {
	f.said = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// Not parallel: the environment is the process's.
func TestMissingEmulatorSaysWhatToRun(t *testing.T) {
	for name, need := range map[string]func(t testing.TB){
		"SPANNER_EMULATOR_HOST":   func(t testing.TB) { testenv.Database(t, "") },
		"FIRESTORE_EMULATOR_HOST": func(t testing.TB) { testenv.Firestore(t) },
	} {
		t.Setenv(name, "")
		f := &failing{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			need(f)
		}()
		<-done
		if !strings.Contains(f.said, name) || !strings.Contains(f.said, "scripts/check test") {
			t.Errorf("without %s: %q", name, f.said)
		}
	}
}

func TestEventuallyReturnsAtTheFirstSuccess(t *testing.T) {
	t.Parallel()
	tries := 0
	testenv.Eventually(t, func() error {
		if tries++; tries < 3 {
			return errors.New("not yet")
		}
		return nil
	})
	if tries != 3 {
		t.Errorf("%d tries, want 3", tries)
	}
}
