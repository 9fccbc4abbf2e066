package server

import (
	"context"
	"net"
	"net/http"
	"time"

	"connectrpc.com/connect"
)

// newTransport speaks HTTP/2 to other services: cleartext to an http URL, TLS to an https one. What does not answer is
// given up quickly, since whoever called us waits.
func newTransport() *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Transport{
		Protocols:           &protocols,
		DialContext:         (&net.Dialer{Timeout: 700 * time.Millisecond, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout: 2 * time.Second,
		IdleConnTimeout:     90 * time.Second,
		// A connection that went silent is found out between two calls, not by one.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 2 * time.Second},
	}
}

// HTTPClient calls another service of ours, with our token for it; audience is the service's base URL.
func (s *Server) HTTPClient(audience string) *http.Client {
	return &http.Client{
		Transport: s.tokens.Transport(audience, s.transport),
		// Services do not redirect, and a token must not follow one that does.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ClientOptions are what every client of another service is made with.
func (s *Server) ClientOptions() []connect.ClientOption {
	return []connect.ClientOption{
		connect.WithInterceptors(s.trace, connect.UnaryInterceptorFunc(reserve)),
		connect.WithReadMaxBytes(4 << 20),
	}
}

// reserve keeps a tenth of a call's time for its caller, to answer in when the callee does not, and bounds calls that
// nobody waits for.
func reserve(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		left := usualTime
		if end, ok := ctx.Deadline(); ok {
			left = time.Until(end) * 9 / 10
		}
		ctx, cancel := context.WithTimeout(ctx, left)
		defer cancel()
		return next(ctx, req)
	}
}
