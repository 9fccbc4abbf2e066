package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jwt"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
)

// seen is one request as the upstream got it.
type seen struct {
	Method, Path string
	Header       http.Header
	Body         []byte
	ProtoMajor   int
}

// upstream serves the catalog's contract and records whatever comes.
func (e *edge) upstream(t *testing.T) string {
	mux := http.NewServeMux()
	mux.Handle(catalogv1connect.NewCatalogServiceHandler(shelf{}))
	mux.HandleFunc("POST /webhooks/stripe", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusOK) })
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		e.seen <- &seen{r.Method, r.URL.RequestURI(), r.Header.Clone(), body, r.ProtoMajor}
		r.Body = io.NopCloser(bytes.NewReader(body))
		mux.ServeHTTP(w, r)
	})
	srv := httptest.NewUnstartedServer(h)
	srv.Config.Protocols = new(http.Protocols)
	srv.Config.Protocols.SetUnencryptedHTTP2(true)
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.URL
}

func (e *edge) issuer(t *testing.T) string {
	e.key = newKey(t)
	public, err := jwk.PublicKeyOf(e.key)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(map[string]any{"keys": []jwk.Key{public}})
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

func newKey(t *testing.T) jwk.Key {
	t.Helper()
	raw, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	key, err := jwk.Import(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := jwk.AssignKeyID(key); err != nil {
		t.Fatal(err)
	}
	if err := key.Set(jwk.AlgorithmKey, jwa.RS256()); err != nil {
		t.Fatal(err)
	}
	return key
}

// token is a customer's, with the changes that fn makes.
func (e *edge) token(t *testing.T, fn func(*jwt.Builder)) string {
	t.Helper()
	b := jwt.NewBuilder().Issuer("https://issuer.test/users").Audience([]string{"issho-local"}).Subject("hanako").
		IssuedAt(time.Now()).Expiration(time.Now().Add(time.Hour))
	if fn != nil {
		fn(b)
	}
	return sign(t, b, e.key)
}

func sign(t *testing.T, b *jwt.Builder, key jwk.Key) string {
	t.Helper()
	token, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	signed, err := jwt.Sign(token, jwt.WithKey(jwa.RS256(), key))
	if err != nil {
		t.Fatal(err)
	}
	return string(signed)
}

// sink receives Envoy's spans.
func (e *edge) sink(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := grpc.NewServer()
	collector.RegisterTraceServiceServer(srv, sink{spans: e.spans})
	go srv.Serve(l)
	t.Cleanup(srv.Stop)
	return "http://" + l.Addr().String()
}

type sink struct {
	collector.UnimplementedTraceServiceServer
	spans chan<- *trace.Span
}

func (s sink) Export(_ context.Context, req *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	for _, resource := range req.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				s.spans <- span
			}
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

// shelf is a catalog that has every campaign, and lists none.
type shelf struct {
	catalogv1connect.UnimplementedCatalogServiceHandler
}

func (shelf) GetCampaign(_ context.Context, req *catalogv1.GetCampaignRequest) (*catalogv1.GetCampaignResponse, error) {
	return &catalogv1.GetCampaignResponse{Campaign: &catalogv1.Campaign{CampaignId: req.GetCampaignId()}}, nil
}
