package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"time"

	"connectrpc.com/connect"
	"github.com/maypok86/otter/v2"
	"go.opentelemetry.io/otel/trace"

	"github.com/issho-shop/issho/internal/caller"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
)

// sentShare is the part of the memory for pages that keeps them as they were sent. The smaller part: what it lacks is encoded
// once more, where a page that is lacking is read from the store.
const sentShare = 8

// heldAnswers are product pages as they were sent: what a page answers is the same for everybody who asks alike, so it is
// decoded, checked, encoded and compressed once, and then written as it is for as long as the page answers the same. What
// is not asked plainly goes the long way: by who keeps products, with a tag, in a trace that is kept, or while pages grow old.
//
// Each is counted as any RPC is. It has no line of its own in the log, beside the gateway's, and is not among the durations
// of RPCs (rpc.server.call.duration).
type heldAnswers struct {
	shown   *pageCache
	now     func() time.Time
	answers *otter.Cache[string, *heldAnswer]
}

// heldAnswer is one of them.
type heldAnswer struct {
	id          string // of the product
	of          *shownPage
	from, until time.Time // when it answers that; until is zero for ever
	header      http.Header
	body        []byte
}

func (h *heldAnswer) holds(of *shownPage, now time.Time) bool {
	return h.of == of && !now.Before(h.from) && (h.until.IsZero() || now.Before(h.until))
}

func newHeldAnswers(shown *pageCache, now func() time.Time, size uint64) (*heldAnswers, error) {
	answers, err := otter.New(&otter.Options[string, *heldAnswer]{
		MaximumWeight: size,
		Weigher: func(asked string, h *heldAnswer) uint32 {
			return uint32(1024 + len(asked) + len(h.body)) // about a kilobyte of headers and keeping
		},
		Logger: &otter.NoopLogger{},
	})
	return &heldAnswers{shown, now, answers}, err
}

// getProduct is what they answer.
var getProduct = connect.Spec{
	Procedure: catalogv1connect.CatalogServiceGetProductProcedure,
	Schema:    catalogv1.File_issho_catalog_v1_catalog_proto.Services().ByName("CatalogService").Methods().ByName("GetProduct"),
}

// gate admits a caller to a method, as caller.Verifier.Gate does.
type gate func(ctx context.Context, spec connect.Spec, peer connect.Peer, header http.Header) (context.Context, error)

// before answers what it holds to those whom the gate admits, and leaves the rest to next, to hold what that answers.
func (a *heldAnswers) before(next http.Handler, admit gate, counted func(ctx context.Context, method string)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, ok := customer(r, admit)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		asked := fmt.Sprint(who.UserID != "", " ", r.Header.Get("Accept-Encoding"), " ", r.URL.RawQuery)
		if h, ok := a.answers.GetIfPresent(asked); ok && h.holds(a.shown.current(r.Context(), h.id), a.now()) {
			maps.Copy(w.Header(), h.header)
			_, _ = w.Write(h.body) // who is gone needs no answer
			counted(caller.With(r.Context(), who), getProduct.Procedure)
			return
		}
		rec := &recording{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), recordingKey{}, rec)))
		if rec.answer.of != nil && rec.status == http.StatusOK && w.Header().Get("Age") == "" {
			held := rec.answer // a copy, for rec holds on to the connection
			held.header, held.body = w.Header().Clone(), bytes.Clone(rec.body.Bytes())
			a.answers.Set(asked, &held)
		}
	})
}

// customer is who asks for a page and nothing more, and sees what everybody sees; false for others and who is not admitted.
func customer(r *http.Request, admit gate) (caller.Caller, bool) {
	if !plain(r) {
		return caller.Caller{}, false
	}
	ctx, err := admit(r.Context(), getProduct, connect.Peer{}, r.Header)
	if err != nil {
		return caller.Caller{}, false
	}
	who := caller.From(ctx)
	return who, who.MerchantID == "" && !who.Operator
}

// plain tells whether a request asks for a page and nothing more.
func plain(r *http.Request) bool {
	return r.Method == http.MethodGet && r.URL.Path == getProduct.Procedure && r.ContentLength == 0 &&
		r.Header.Get("If-None-Match") == "" && r.Header.Get("Connect-Timeout-Ms") == "" &&
		!trace.SpanContextFromContext(r.Context()).IsSampled()
}

// recording keeps what is written, beside sending it.
type recording struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
	answer heldAnswer
}

type recordingKey struct{}

func (rec *recording) WriteHeader(status int) {
	rec.status = status
	rec.ResponseWriter.WriteHeader(status)
}

func (rec *recording) Write(b []byte) (int, error) {
	rec.body.Write(b)
	return rec.ResponseWriter.Write(b)
}

func (rec *recording) Unwrap() http.ResponseWriter { return rec.ResponseWriter }

// answered says which page is being sent, and from when until when it answers that.
func answered(ctx context.Context, id string, of *shownPage, from, until time.Time) {
	if rec, ok := ctx.Value(recordingKey{}).(*recording); ok {
		rec.answer = heldAnswer{id: id, of: of, from: from, until: until}
	}
}
