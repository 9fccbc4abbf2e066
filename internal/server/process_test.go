package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"
	"github.com/sethvargo/go-envconfig"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
)

// spans are those of all tests; each looks for its own trace.
var spans = tracetest.NewInMemoryExporter()

func TestMain(m *testing.M) {
	otel.SetTracerProvider(trace.NewTracerProvider(trace.WithSyncer(spans)))
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(measured)))
	os.Exit(m.Run())
}

// identity is a platform for tests: it serves keys, signs tokens, and is the metadata server of every service.
type identity struct {
	*httptest.Server
	key jwk.Key
}

var newIdentity = sync.OnceValue(func() *identity {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	i := &identity{}
	if i.key, err = jwk.Import(private); err != nil {
		panic(err)
	}
	if err := i.key.Set(jwk.KeyIDKey, "k1"); err != nil {
		panic(err)
	}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if audience := r.URL.Query().Get("audience"); audience != "" {
			fmt.Fprint(w, i.service(r.URL.Path[1:], audience))
			return
		}
		public, err := i.key.PublicKey()
		set := jwk.NewSet()
		if err == nil {
			err = set.AddKey(public)
		}
		if err != nil {
			panic(err)
		}
		_ = json.NewEncoder(w).Encode(set)
	}))
	return i
})

func (i *identity) sign(claims map[string]any) string {
	token := jwt.New()
	all := map[string]any{"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix()}
	maps.Copy(all, claims)
	for name, value := range all {
		if err := token.Set(name, value); err != nil {
			panic(err)
		}
	}
	text, err := jwt.Sign(token, jwt.WithKey(jwa.RS256(), i.key))
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (i *identity) user(id string) string {
	return i.sign(map[string]any{"iss": "users.test", "aud": "issho-test", "sub": id})
}

func (i *identity) service(name, audience string) string {
	return i.sign(map[string]any{"iss": "services.test", "aud": audience, "email": "issho-" + name + "@issho-test.iam.gserviceaccount.com", "email_verified": true})
}

// environment is what a process of a test is told, with changes; an empty value takes one away.
func environment(changes map[string]string) envconfig.Lookuper {
	i := newIdentity()
	all := map[string]string{
		"PORT": "0", "PROJECT": "issho-test", "TELEMETRY_EXPORTER": "none", "LOG_LEVEL": "DEBUG", "SELF_URL": "http://order.test",
		"USER_ISSUER": "users.test", "USER_AUDIENCE": "issho-test", "USER_JWKS_URL": i.URL + "/users",
		"SERVICE_ISSUER": "services.test", "SERVICE_JWKS_URL": i.URL + "/services", "IDENTITY_URL": i.URL + "/cart",
	}
	for name, value := range changes {
		if all[name] = value; value == "" {
			delete(all, name)
		}
	}
	return envconfig.MapLookuper(all)
}

// lines collects a process's log.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// find answers the lines in which a field has a value.
func (l *lines) find(t *testing.T, field string, value any) []map[string]any {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []map[string]any
	for text := range bytes.Lines(l.buf.Bytes()) {
		var line map[string]any
		if err := json.Unmarshal(text, &line); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if line[field] == value {
			found = append(found, line)
		}
	}
	return found
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// process is a server that is up.
type process struct {
	*Server
	log  *lines
	stop context.CancelFunc
	done chan error // what Serve returned
}

// prepare makes a server that does not serve yet.
func prepare(t *testing.T, changes map[string]string) *process {
	t.Helper()
	p := &process{log: &lines{}, done: make(chan error, 1)}
	var cfg Config
	if err := Load(t.Context(), environment(changes), &cfg); err != nil {
		t.Fatal(err)
	}
	var err error
	if p.Server, err = newServer(t.Context(), "order", cfg, p.log); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// serve starts a prepared server and ends it with the test.
func (p *process) serve(t *testing.T) *process {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	go func() { p.done <- p.Serve(ctx) }()
	t.Cleanup(stop)
	eventually(t, func() bool { return p.ready.Load() })
	return p
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	end := time.After(10 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("it does not come true")
		}
	}
}

// orders is a service whose methods a test gives.
type orders struct {
	orderv1connect.UnimplementedOrderServiceHandler
	invite   func(context.Context) error
	checkout func(context.Context) error
}

func (o orders) GetInvite(ctx context.Context, req *orderv1.GetInviteRequest) (*orderv1.GetInviteResponse, error) {
	if o.invite == nil {
		return &orderv1.GetInviteResponse{Group: &orderv1.Group{GroupId: req.GetToken()}}, nil
	}
	return &orderv1.GetInviteResponse{}, o.invite(ctx)
}

func (o orders) Checkout(ctx context.Context, _ *orderv1.CheckoutRequest) (*orderv1.CheckoutResponse, error) {
	if o.checkout == nil {
		return &orderv1.CheckoutResponse{}, nil
	}
	return &orderv1.CheckoutResponse{}, o.checkout(ctx)
}

func withOrders(t *testing.T, o orders) *process {
	t.Helper()
	p := prepare(t, nil)
	p.RPC(orderv1connect.NewOrderServiceHandler(o, p.Options()...))
	return p.serve(t)
}

// client speaks cleartext HTTP/2 without a token.
func (p *process) client(options ...connect.ClientOption) orderv1connect.OrderServiceClient {
	return orderv1connect.NewOrderServiceClient(&http.Client{Transport: p.transport}, p.URL(), options...)
}

const (
	inviteMethod   = orderv1connect.OrderServiceGetInviteProcedure
	checkoutMethod = orderv1connect.OrderServiceCheckoutProcedure
)
