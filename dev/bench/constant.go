package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"time"

	"github.com/issho-shop/issho/e2e/shop"
)

// Where the second gateway listens, which leads to the constant handler instead of catalog.
const (
	constantGateway = "8088"
	constantAdmin   = "9908"
)

// constantly saturates a handler that returns the bytes of a real answer, behind a gateway of the same making.
func constantly(ctx context.Context, l *load, next func() *http.Request, o options) (result, error) {
	sample, err := http.DefaultClient.Do(next().WithContext(ctx))
	if err != nil {
		return result{}, err
	}
	defer sample.Body.Close()
	body, err := io.ReadAll(sample.Body)
	if err != nil {
		return result{}, err
	}
	at, err := serveConstant(ctx, sample.Header.Get("Content-Type"), body)
	if err != nil {
		return result{}, err
	}
	stop, err := secondGateway(ctx, at)
	if err != nil {
		return result{}, err
	}
	defer stop()
	through := func() *http.Request {
		req := next()
		req.URL.Host = "127.0.0.1:" + constantGateway
		return req
	}
	if err := shop.Until(ctx, 20*time.Second, func(ctx context.Context) error { return l.send(ctx, through()) }); err != nil {
		return result{}, fmt.Errorf("the second gateway: %w", err)
	}
	l.saturate(ctx, through, o.warm) // as every route is
	before, err := usedSoFar()
	if err != nil {
		return result{}, err
	}
	r := l.saturate(ctx, through, o.seconds)
	after, err := usedSoFar()
	if err != nil {
		return result{}, err
	}
	fmt.Fprintln(os.Stderr, "constant:", after.each(before, int(r.rate*o.seconds.Seconds())))
	return r, nil
}

func serveConstant(ctx context.Context, contentType string, body []byte) (string, error) {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Protocols: &protocols, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(body) // the client counts what does not arrive
	})}
	go server.Serve(listener)
	context.AfterFunc(ctx, func() { server.Close() })
	return "http://" + listener.Addr().String(), nil
}

func secondGateway(ctx context.Context, catalog string) (stop func(), err error) {
	own, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(filepath.Dir(own), "gateway"), "run")
	cmd.Env = append(os.Environ(), "PORT="+constantGateway, "ADMIN_PORT="+constantAdmin, "CATALOG_URL="+catalog,
		"CONFIG_FILE="+filepath.Join(os.TempDir(), "issho-bench-envoy.yaml"), "LOG_LEVEL=error")
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}, nil
}

// zipf draws numbers below n, the kth with a weight of 1/k.
type zipf struct{ sums []float64 }

func newZipf(n int) *zipf {
	z := &zipf{make([]float64, n)}
	sum := 0.0
	for k := range n {
		sum += 1 / float64(k+1)
		z.sums[k] = sum
	}
	return z
}

func (z *zipf) next() int {
	return sort.SearchFloat64s(z.sums, rand.Float64()*z.sums[len(z.sums)-1])
}
