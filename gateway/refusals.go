package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/issho-shop/issho/internal/fault"
)

// refusal is one answer that Envoy gives itself, told as a service would tell
// it: a client cannot see who refused, and need not.
type refusal struct {
	When   string // CEL over Envoy's attributes; the first that holds decides
	Status int    // replaces Envoy's HTTP status; 0 keeps it
	Reason fault.Reason
}

// refusals are tried from the top. response.code_details are Envoy's own words
// for what happened.
var refusals = []refusal{
	{`response.code == 401 && response.code_details.contains("Jwt_is_missing")`, 0, fault.TokenMissing},
	{`response.code == 401 && response.code_details.contains("Jwt_is_expired")`, 0, fault.TokenExpired},
	{`response.code == 401 && response.code_details.contains("Jwks_remote_fetch")`, 503, fault.DependencyUnavailable},
	{`response.code == 401`, 0, fault.TokenInvalid},
	{`response.code == 403 && response.code_details.contains("jwt_authn")`, 401, fault.TokenInvalid}, // for somebody else
	{`response.code == 404`, 0, fault.NotFound},
	{`response.code == 413 || response.code == 431`, 0, fault.TooLarge},
	{`response.code == 429`, 0, fault.RateLimited},
	{`response.code == 503 && response.code_details.contains("over")`, 0, fault.Overloaded}, // overload, overflow
	{`response.code >= 502 && response.code <= 504 || response.code == 408`, 0, fault.DependencyUnavailable},
	{`response.code >= 400 && response.code < 500`, 0, fault.FieldInvalid},
	{`response.code >= 500`, 0, fault.Internal},
}

// locales in which refusals are told, as fault does: Japanese unless asked for English.
var locales = []string{"en", "ja"}

// spoken is how a request tells its protocol, in CEL. What speaks none of them
// (a browser, a scanner) is answered as Connect is.
var spoken = map[string]string{
	"gRPC-Web": `request.headers["content-type"].startsWith("application/grpc-web")`,
	"gRPC":     `request.headers["content-type"].startsWith("application/grpc") && !request.headers["content-type"].startsWith("application/grpc-web")`,
	"Connect":  "",
}

// Over holds, in CEL, when this refusal is due over that protocol in that
// locale. The last of each has no condition, since those before it had.
func (r refusal) Over(protocol, locale string) string {
	when := "(" + r.When + ")"
	if spoken[protocol] != "" {
		when += " && " + spoken[protocol]
	}
	if locale == "en" {
		when += ` && request.headers["accept-language"].startsWith("en")`
	}
	return when
}

// Number is the refusal's code in gRPC.
func (r refusal) Number() int { return int(fault.New(r.Reason).Code()) }

// Message is the developer's sentence, in English.
func (r refusal) Message() string { return fault.New(r.Reason).Connect("en").Message() }

// Body is the refusal as Connect's error JSON.
func (r refusal) Body(locale string) map[string]any {
	err := fault.New(r.Reason).Connect(locale)
	var details []any
	for _, d := range err.Details() {
		details = append(details, map[string]any{"type": d.Type(), "value": base64.RawStdEncoding.EncodeToString(d.Bytes())})
	}
	return map[string]any{"code": err.Code().String(), "message": err.Message(), "details": details}
}

// Trailer is the refusal as gRPC's grpc-status-details-bin.
func (r refusal) Trailer(locale string) (string, error) {
	value, err := proto.Marshal(grpcStatus(fault.New(r.Reason).Connect(locale)))
	if err != nil {
		return "", fmt.Errorf("details of %s: %w", r.Reason, err)
	}
	return base64.RawStdEncoding.EncodeToString(value), nil
}

// Frame is the refusal as the body of a gRPC-Web answer: its trailers and no
// message. (Trailers in the headers would do, but Envoy sends no content type
// with an empty body.)
func (r refusal) Frame(locale string) ([]byte, error) {
	details, err := r.Trailer(locale)
	if err != nil {
		return nil, err
	}
	trailers := fmt.Sprintf("grpc-status: %d\r\ngrpc-message: %s\r\ngrpc-status-details-bin: %s\r\n", r.Number(), r.Message(), details)
	frame := binary.BigEndian.AppendUint32([]byte{0x80}, uint32(len(trailers)))
	return append(frame, trailers...), nil
}

func grpcStatus(err *connect.Error) *status.Status {
	out := &status.Status{Code: int32(err.Code()), Message: err.Message()}
	for _, d := range err.Details() {
		out.Details = append(out.Details, &anypb.Any{TypeUrl: "type.googleapis.com/" + d.Type(), Value: d.Bytes()})
	}
	return out
}
