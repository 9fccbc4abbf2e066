package fault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"

	"buf.build/go/protovalidate"
	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Of classifies an error where a call ends. Refusals are themselves; what a store, a validator or a context says becomes
// the refusal that fits; everything else is INTERNAL, with err as its cause. Nil stays nil.
func Of(err error) *Error {
	var e *Error
	var invalid *protovalidate.ValidationError
	var received *connect.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		return e
	case errors.As(err, &invalid):
		return ofValidation(invalid)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return New(DependencyUnavailable).Because(err)
	case errors.As(err, &received) && !givenUp(err):
		return Of(FromRPC(err, "service"))
	}
	return ofStore(err)
}

// ofStore reads the status with which the clients of Spanner and Firestore fail. Their other codes are our mistakes.
func ofStore(err error) *Error {
	s, ok := status.FromError(err)
	if !ok {
		return New(Internal).Because(err)
	}
	switch s.Code() {
	case codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted:
		return New(StoreUnavailable).Because(err)
	case codes.Aborted:
		return New(Conflict).Because(err)
	}
	return New(Internal).Because(err)
}

func ofValidation(invalid *protovalidate.ValidationError) *Error {
	e := New(FieldInvalid)
	for _, v := range invalid.Violations {
		e.And(protovalidate.FieldPathString(v.Proto.GetField()), v.Proto.GetMessage())
	}
	return e
}

// sent is a refusal as the text of a connect error: the sentence goes out, the refusal stays within reach of errors.As.
type sent struct {
	refusal  *Error
	sentence string
}

func (s sent) Error() string { return s.sentence }
func (s sent) Unwrap() error { return s.refusal }

// Connect is the refusal as it leaves, with its details, in the language that the header Accept-Language asks for.
func (e *Error) Connect(acceptLanguage string) *connect.Error {
	locale, sentence := e.text(acceptLanguage)
	_, message := e.text("en")
	out := connect.NewError(e.code, sent{e, message})
	add(out, &errdetails.ErrorInfo{Reason: string(e.reason), Domain: Domain, Metadata: e.metadata})
	if sentence != "" {
		add(out, &errdetails.LocalizedMessage{Locale: locale, Message: sentence})
	}
	if len(e.fields) > 0 {
		add(out, &errdetails.BadRequest{FieldViolations: e.fields})
	}
	if e.retry > 0 {
		add(out, &errdetails.RetryInfo{RetryDelay: durationpb.New(e.retry)})
	}
	for _, m := range e.details {
		add(out, m)
	}
	return out
}

func add(out *connect.Error, m proto.Message) {
	if d, err := connect.NewErrorDetail(m); err == nil {
		out.AddDetail(d)
	}
}

// leave is what a handler's error becomes. A call that its client gave up has nobody to read a refusal.
func leave(err error, header http.Header) error {
	if err == nil {
		return nil
	}
	if connect.IsNotModifiedError(err) { // no refusal: 304
		return err
	}
	if givenUp(err) {
		return connect.NewError(connect.CodeCanceled, errors.New("the call was given up"))
	}
	return Of(err).Connect(header.Get("Accept-Language"))
}

// givenUp reports whether the client ended the call, as the context, a store's client or a connect client tells it.
func givenUp(err error) bool {
	var e *Error
	if errors.As(err, &e) {
		return false
	}
	return errors.Is(err, context.Canceled) || status.Code(err) == codes.Canceled || connect.CodeOf(err) == connect.CodeCanceled
}

var writer = connect.NewErrorWriter()

// Write refuses a request outside of an RPC handler, in the protocol that the client speaks (JSON if it speaks none).
func Write(w http.ResponseWriter, r *http.Request, err error) {
	// A client that is gone cannot be told.
	_ = writer.Write(w, r, leave(err, r.Header))
}

// Interceptor makes every error of a handler leave as a refusal, panics included.
func Interceptor() connect.Interceptor { return interceptor{} }

type interceptor struct{}

func (interceptor) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (res connect.AnyResponse, err error) {
		defer func() {
			err = leave(recovered(err, recover()), req.Header())
		}()
		return next(ctx, req)
	}
}

func (interceptor) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) (err error) {
		defer func() {
			err = leave(recovered(err, recover()), conn.RequestHeader())
		}()
		return next(ctx, conn)
	}
}

func (interceptor) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// Panicked is the cause of an INTERNAL refusal that was a panic.
type Panicked struct {
	Value any
	Stack []byte
}

func (p *Panicked) Error() string { return fmt.Sprintf("panic: %v", p.Value) }

// Guard answers f's error, a panic too: for what others wait behind, or what would end the process as nobody waits for it.
func Guard(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &Panicked{value, debug.Stack()}
		}
	}()
	return f()
}

func recovered(err error, value any) error {
	switch value {
	case nil:
		return err
	case http.ErrAbortHandler: // net/http's own way to cut a response
		panic(value)
	}
	return New(Internal).Because(&Panicked{value, debug.Stack()})
}
