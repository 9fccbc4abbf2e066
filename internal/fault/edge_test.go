package fault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"buf.build/go/protovalidate"
	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
)

func TestOf(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		err  error
		want Reason
	}{
		"itself":                {New(SoldOut), SoldOut},
		"wrapped":               {fmt.Errorf("checkout: %w", New(GroupFull)), GroupFull},
		"store away":            {status.Error(codes.Unavailable, "refused"), StoreUnavailable},
		"store slow":            {fmt.Errorf("read: %w", status.Error(codes.DeadlineExceeded, "slow")), StoreUnavailable},
		"contention":            {status.Error(codes.Aborted, "again"), Conflict},
		"our own SQL":           {status.Error(codes.InvalidArgument, "syntax"), Internal},
		"store knows no row":    {status.Error(codes.NotFound, "row"), Internal},
		"deadline":              {fmt.Errorf("x: %w", context.DeadlineExceeded), DependencyUnavailable},
		"deadline of a dial":    {os.ErrDeadlineExceeded, DependencyUnavailable},
		"a call that failed":    {connect.NewError(connect.CodeUnavailable, errors.New("refused")), DependencyUnavailable},
		"plain":                 {errors.New("nil map"), Internal},
		"other service refused": {New(PaymentDeclined).Connect(""), PaymentDeclined},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := Of(c.err); got.Reason() != c.want {
				t.Errorf("got %v, want %s", got, c.want)
			}
		})
	}
	if Of(nil) != nil {
		t.Error("nil is an error")
	}
}

func TestOfValidation(t *testing.T) {
	t.Parallel()
	err := protovalidate.Validate(&typev1.Money{Amount: 1, Currency: "yen"})
	got := Of(fmt.Errorf("validate: %w", err))
	if got.Reason() != FieldInvalid || len(got.fields) != 1 || got.fields[0].GetField() != "currency" {
		t.Errorf("got %v", got)
	}
}

// serve answers a client of a method that fails with err, behind the interceptor.
func serve(t *testing.T, fails func() error) *connect.Client[emptypb.Empty, emptypb.Empty] {
	t.Helper()
	handler := connect.NewUnaryHandlerSimple("/a.B/C", func(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
		return nil, fails()
	}, connect.WithInterceptors(Interceptor()))
	web := httptest.NewServer(handler)
	t.Cleanup(web.Close)
	return connect.NewClient[emptypb.Empty, emptypb.Empty](web.Client(), web.URL+"/a.B/C")
}

func call(t *testing.T, client *connect.Client[emptypb.Empty, emptypb.Empty], language string) *connect.Error {
	t.Helper()
	req := connect.NewRequest(&emptypb.Empty{})
	req.Header().Set("Accept-Language", language)
	_, err := client.CallUnary(t.Context(), req)
	var got *connect.Error
	if !errors.As(err, &got) {
		t.Fatalf("got %v", err)
	}
	return got
}

func details(t *testing.T, err *connect.Error) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, d := range err.Details() {
		m, err := d.Value()
		if err != nil {
			t.Fatal(err)
		}
		switch m := m.(type) {
		case *errdetails.ErrorInfo:
			all["info"] = fmt.Sprint(m.GetReason(), " ", m.GetDomain(), " ", m.GetMetadata())
		case *errdetails.LocalizedMessage:
			all["text"] = m.GetLocale() + " " + m.GetMessage()
		case *errdetails.BadRequest:
			all["fields"] = m.GetFieldViolations()[0].GetField() + " " + m.GetFieldViolations()[0].GetDescription()
		case *errdetails.RetryInfo:
			all["retry"] = m.GetRetryDelay().AsDuration().String()
		case *wrapperspb.StringValue:
			all["more"] = m.GetValue()
		}
	}
	return all
}

func TestRefusalOnTheWire(t *testing.T) {
	t.Parallel()
	client := serve(t, func() error {
		return fmt.Errorf("join: %w", Field("lines[0]", "too many").RetryIn(3*time.Second).
			Attach(wrapperspb.String("another group")).Because(errors.New("secret cause")))
	})
	err := call(t, client, "en")
	want := map[string]string{
		"info":   "FIELD_INVALID issho.shop map[]",
		"text":   "en Some of the input is not valid. Correct the fields shown and try again.",
		"fields": "lines[0] too many", "retry": "3s", "more": "another group",
	}
	if diff := cmp.Diff(want, details(t, err)); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
	if err.Code() != connect.CodeInvalidArgument || strings.Contains(err.Message(), "secret") {
		t.Errorf("got %v", err)
	}
}

func TestWhateverElseIsBland(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]func() error{
		"error": func() error { return errors.New("secret") },
		"panic": func() error { panic("secret") },
		"coded": func() error { return connect.NewError(connect.CodeNotFound, errors.New("secret")) },
	} {
		err := call(t, serve(t, fails), "en")
		if strings.Contains(fmt.Sprint(err, details(t, err)), "secret") {
			t.Errorf("%s: %v tells too much", name, err)
		}
		if ReasonOf(err) == "" {
			t.Errorf("%s: %v has no reason", name, err)
		}
	}
}

func TestPanicKeepsItsStack(t *testing.T) {
	t.Parallel()
	_, err := Interceptor().WrapUnary(func(context.Context, connect.AnyRequest) (connect.AnyResponse, error) {
		panic("lost")
	})(t.Context(), connect.NewRequest(&emptypb.Empty{}))
	var panicked *Panicked
	if !errors.As(err, &panicked) || !strings.Contains(string(panicked.Stack), "TestPanicKeepsItsStack") {
		t.Errorf("got %v", err)
	}
	if ReasonOf(err) != Internal {
		t.Errorf("got %s", ReasonOf(err))
	}
}

func TestReceivedRefusal(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		sent *Error
		want Reason
	}{
		"passes on":            {New(GroupFull, "group_id", "g_1").Attach(wrapperspb.String("way")).RetryIn(time.Second), GroupFull},
		"not about the caller": {New(CallerNotAllowed), DependencyUnavailable},
		"nor their login":      {New(TokenExpired), DependencyUnavailable},
		"its own store":        {New(StoreUnavailable), StoreUnavailable},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			received := call(t, serve(t, func() error { return c.sent }), "en")
			if ReasonOf(received) != c.sent.Reason() || Meta(received, "group_id") != Meta(c.sent, "group_id") {
				t.Errorf("read as %s %s", ReasonOf(received), Meta(received, "group_id"))
			}
			got := FromRPC(received, "order")
			if ReasonOf(got) != c.want {
				t.Fatalf("got %v, want %s", got, c.want)
			}
			if c.want == DependencyUnavailable {
				if Meta(got, "dependency") != "order" {
					t.Errorf("got %v", got)
				}
				return
			}
			// One hop further it is still the same, in that client's language.
			further := call(t, serve(t, func() error { return got }), "ja")
			first := details(t, call(t, serve(t, func() error { return c.sent }), "ja"))
			if diff := cmp.Diff(first, details(t, further)); diff != "" {
				t.Errorf("changed on the way (-first +further):\n%s", diff)
			}
		})
	}
}

func TestFailedCall(t *testing.T) {
	t.Parallel()
	if FromRPC(nil, "order") != nil {
		t.Error("nil is an error")
	}
	if err := FromRPC(connect.NewError(connect.CodeUnavailable, errors.New("refused")), "order"); ReasonOf(err) != DependencyUnavailable {
		t.Errorf("got %v", err)
	}
	if err := FromRPC(fmt.Errorf("x: %w", context.Canceled), "order"); !errors.Is(err, context.Canceled) || ReasonOf(err) != "" {
		t.Errorf("got %v", err)
	}
	if err := FromRPC(connect.NewError(connect.CodeNotFound, errors.New("no such path")), "order"); ReasonOf(err) != DependencyUnavailable {
		t.Errorf("an error without a reason is no refusal: %v", err)
	}
}

func TestReasonOfANewerService(t *testing.T) {
	t.Parallel()
	newer := connect.NewError(connect.CodeFailedPrecondition, errors.New("x"))
	for _, m := range []proto.Message{
		&errdetails.ErrorInfo{Reason: "MOON_FULL", Domain: Domain},
		&errdetails.LocalizedMessage{Locale: "ja", Message: "満月です。"},
	} {
		d, err := connect.NewErrorDetail(m)
		if err != nil {
			t.Fatal(err)
		}
		newer.AddDetail(d)
	}
	got := call(t, serve(t, func() error { return FromRPC(newer, "moon") }), "en")
	if got.Code() != connect.CodeFailedPrecondition || details(t, got)["text"] != "ja 満月です。" || ReasonOf(got) != "MOON_FULL" {
		t.Errorf("got %v %v", got, details(t, got))
	}
}

func TestDetail(t *testing.T) {
	t.Parallel()
	err := call(t, serve(t, func() error { return New(GroupFull).Attach(wrapperspb.String("way")) }), "")
	if m, ok := Detail[*wrapperspb.StringValue](err); !ok || m.GetValue() != "way" {
		t.Errorf("got %v", m)
	}
	if _, ok := Detail[*emptypb.Empty](err); ok {
		t.Error("found what is not there")
	}
}

func TestGivenUpCallIsNoFault(t *testing.T) {
	t.Parallel()
	for _, err := range []error{context.Canceled, status.Error(codes.Canceled, "gone"), connect.NewError(connect.CodeCanceled, context.Canceled)} {
		if got := leave(err, http.Header{}); connect.CodeOf(got) != connect.CodeCanceled {
			t.Errorf("%v: got %v", err, got)
		}
	}
}

func TestWriteSpeaksTheClientsProtocol(t *testing.T) {
	t.Parallel()
	for contentType, header := range map[string]string{"application/json": "", "text/plain": "", "application/grpc": "8"} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Content-Type", contentType)
		Write(w, r, New(TooLarge))
		if got := w.Result().Header.Get("Grpc-Status") + w.Result().Trailer.Get("Grpc-Status"); got != header {
			t.Errorf("%s: status %q, want %q", contentType, got, header)
		}
		if header == "" && (w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), `"resource_exhausted"`)) {
			t.Errorf("%s: %d %s", contentType, w.Code, w.Body)
		}
	}
}
