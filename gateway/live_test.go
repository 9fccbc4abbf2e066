package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwk"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
)

// envoy is the real binary: $ENVOY or the one that scripts install.
func envoy(t testing.TB) string {
	t.Helper()
	path := os.Getenv("ENVOY")
	if path == "" {
		path = "../.cache/bin/envoy"
	}
	found, err := exec.LookPath(path)
	if err != nil {
		t.Fatalf("these tests need the real Envoy 1.40.0 (%v): name it in ENVOY, or run scripts/check, which installs it", err)
	}
	return found
}

func writeConfig(t *testing.T, text []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "envoy.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// edge is a running Envoy with what stands around it: one upstream for all
// services, an issuer and a sink for spans.
type edge struct {
	URL   string
	admin string
	key   jwk.Key
	log   *lockedBuffer // the access log

	seen  chan *seen // requests that reached the upstream
	spans chan *trace.Span
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// startEdge runs Envoy with the rendering of the laptop's environment and of
// what change does to it. Each test has an Envoy of its own, so that what
// reached the upstream is the test's.
func startEdge(t *testing.T, change map[string]string) *edge {
	t.Helper()
	binary := envoy(t)
	e := &edge{seen: make(chan *seen, 100), spans: make(chan *trace.Span, 100), log: &lockedBuffer{}}
	upstream, keys := e.upstream(t), e.issuer(t)
	env := laptop()
	for _, name := range programs(routes) {
		env[strings.ToUpper(name)+"_URL"] = upstream
	}
	env["PORT"], env["ADMIN_PORT"] = "0", "0"
	env["USER_JWKS_URL"], env["USER_ISSUER"] = keys+"/jwks.json", "https://issuer.test/users"
	env["OTEL_EXPORTER_OTLP_ENDPOINT"] = e.sink(t)
	for k, v := range change {
		env[k] = v
	}
	e.start(t, binary, writeConfig(t, rendered(t, env)))
	return e
}

func (e *edge) start(t *testing.T, binary, file string) {
	t.Helper()
	adminFile := filepath.Join(t.TempDir(), "admin")
	var errors lockedBuffer
	cmd := exec.Command(binary, "--config-path", file, "--concurrency", "1", "--use-dynamic-base-id",
		"--log-level", "warn", "--admin-address-path", adminFile)
	cmd.Stdout, cmd.Stderr = e.log, &errors
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-exited
		if t.Failed() {
			t.Logf("Envoy's log:\n%s", errors.String())
		}
	})
	eventually(t, "Envoy listens", func() bool {
		select {
		case err := <-exited:
			exited <- err
			t.Fatalf("Envoy ended: %v\n%s", err, errors.String())
		default:
		}
		return e.ready(adminFile)
	})
}

// ready finds where Envoy listens, since it chose its ports itself.
func (e *edge) ready(adminFile string) bool {
	admin, err := os.ReadFile(adminFile)
	if err != nil || len(admin) == 0 {
		return false
	}
	e.admin = "http://" + string(admin)
	res, err := http.Get(e.admin + "/listeners?format=text")
	if err != nil {
		return false
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return false
	}
	_, addr, ok := strings.Cut(strings.TrimSpace(string(text)), "public::")
	e.URL = "http://" + addr
	if !ok {
		return false
	}
	live, err := http.Get(e.URL + "/health/live")
	if err != nil {
		return false
	}
	live.Body.Close()
	return live.StatusCode == http.StatusOK
}

// eventually waits for a condition, at most ten seconds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("waited 10 s in vain: %s", what)
		case <-tick.C:
		}
	}
}

// reached is the request that the upstream got.
func (e *edge) reached(t *testing.T) *seen {
	t.Helper()
	select {
	case s := <-e.seen:
		return s
	case <-time.After(10 * time.Second):
		t.Fatal("nothing reached the upstream")
		return nil
	}
}

func (e *edge) reachedNothing(t *testing.T) {
	t.Helper()
	select {
	case s := <-e.seen:
		t.Errorf("%s %s reached the upstream", s.Method, s.Path)
	default:
	}
}

// do sends a request as it is written, without the client cleaning it up.
func (e *edge) do(t *testing.T, method, path string, header map[string]string, body io.Reader) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, e.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	req.URL.Opaque = path
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(fmt.Errorf("%s %s: %w", method, path, err))
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(text)
}
