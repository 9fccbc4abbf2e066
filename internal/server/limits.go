package server

import (
	"context"
	"mime"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/issho-shop/issho/internal/fault"
)

// What a request may take.
const (
	messageMax = 256 << 10 // one RPC's message, decompressed
	bodyMax    = 1 << 20   // a request's body; a push may hold one Pub/Sub message with base64 around it
	usualTime  = 8 * time.Second
	longTime   = time.Minute // the most that a client may ask for; tasks and streams' beginnings use it
)

// Handle mounts a handler that is no RPC, for pushes and webhooks, and authenticates by itself.
func (s *Server) Handle(pattern string, handler http.Handler) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), longTime)
		defer cancel()
		until(ctx, w)
		r.Body = http.MaxBytesReader(w, r.Body, bodyMax)
		handler.ServeHTTP(w, r.WithContext(ctx))
	})
}

// limited refuses what is no call of one of the service's methods, and sets the time that the others have.
func (s *Server) limited(service protoreflect.ServiceDescriptor, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := service.Methods().ByName(protoreflect.Name(path.Base(r.URL.Path)))
		if method == nil || r.URL.Path != "/"+string(service.FullName())+"/"+string(method.Name()) {
			s.refuse(w, r, "unknown", fault.New(fault.NotFound))
			return
		}
		if err := shape(method, r); err != nil {
			s.refuse(w, r, r.URL.Path, err)
			return
		}
		if method.IsStreamingServer() || method.IsStreamingClient() {
			handler.ServeHTTP(w, r)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), allowed(r.Header))
		defer cancel()
		until(ctx, w)
		handler.ServeHTTP(w, r.WithContext(ctx))
	})
}

// until bounds the time in which the body must have come, for slow senders. It ends after the request's own time: on
// HTTP/1 an earlier end would cancel the handler.
func until(ctx context.Context, w http.ResponseWriter) {
	if end, ok := ctx.Deadline(); ok {
		// A connection that knows no deadlines is bounded by ctx alone.
		_ = http.NewResponseController(w).SetReadDeadline(end.Add(time.Second))
	}
}

var (
	connectTimeout = regexp.MustCompile(`^[0-9]{1,10}$`)
	grpcTimeout    = regexp.MustCompile(`^[0-9]{1,8}[HMSmun]$`)
)

// shape refuses what the RPC library would refuse without a reason: what can be told from the headers.
func shape(method protoreflect.MethodDescriptor, r *http.Request) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Method == http.MethodGet && !readOnly(method), r.Method != http.MethodGet && r.Method != http.MethodPost:
		return fault.Field("method", "call it by POST")
	case r.Method == http.MethodPost && (err != nil || !spoken(media)):
		return fault.Field("content-type", "send application/json, application/proto, or gRPC's or gRPC-Web's type")
	case r.ContentLength > bodyMax, r.ContentLength > messageMax && strings.HasPrefix(media, "application/json"):
		return fault.New(fault.TooLarge)
	}
	if sent := r.Header.Get("Connect-Timeout-Ms"); sent != "" && !connectTimeout.MatchString(sent) {
		return fault.Field("connect-timeout-ms", "send milliseconds, up to ten digits")
	}
	if sent := r.Header.Get("Grpc-Timeout"); sent != "" && !grpcTimeout.MatchString(sent) {
		return fault.Field("grpc-timeout", "send up to eight digits and a unit")
	}
	return nil
}

func readOnly(method protoreflect.MethodDescriptor) bool {
	options, ok := method.Options().(*descriptorpb.MethodOptions)
	return ok && options.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS
}

func spoken(media string) bool {
	switch media {
	case "application/json", "application/proto", "application/connect+json", "application/connect+proto":
		return true
	}
	return strings.HasPrefix(media, "application/grpc")
}

// allowed is the time for a request: what its client asks for is applied by the RPC library, within this bound.
func allowed(header http.Header) time.Duration {
	if header.Get("Connect-Timeout-Ms") == "" && header.Get("Grpc-Timeout") == "" {
		return usualTime
	}
	return longTime
}
