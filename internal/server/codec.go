package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/issho-shop/issho/internal/fault"
)

// The RPC library decodes before any interceptor runs, and its errors leave without a reason. So our codecs never fail:
// what cannot be read becomes an empty message with a mark among its unknown fields, which the interceptor malformed
// turns into a refusal. A client that sends the mark itself is refused as well.
var (
	unreadable = mark(1)
	oversize   = mark(2)
)

// mark is an unknown field with the highest number there is.
func mark(n uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, protowire.MaxValidNumber, protowire.VarintType), n)
}

var codecs = []codec{{name: "proto"}, {name: "json"}, {name: "json; charset=utf-8"}}

type codec struct{ name string }

func (c codec) Name() string   { return c.name }
func (c codec) IsBinary() bool { return c.name == "proto" }

func (c codec) Marshal(message any) ([]byte, error) { return c.MarshalAppend(nil, message) }

func (c codec) MarshalAppend(into []byte, message any) ([]byte, error) {
	m, ok := message.(proto.Message)
	switch {
	case !ok:
		return nil, fmt.Errorf("%T is no message", message)
	case c.IsBinary():
		return proto.MarshalOptions{}.MarshalAppend(into, m)
	}
	return protojson.MarshalOptions{}.MarshalAppend(into, m)
}

// MarshalStable serves the library's GET requests, which clients of ours do not make.
func (c codec) MarshalStable(message any) ([]byte, error) { return c.Marshal(message) }

func (c codec) Unmarshal(data []byte, message any) error {
	m, ok := message.(proto.Message)
	if !ok {
		return fmt.Errorf("%T is no message", message)
	}
	var spoiled []byte
	switch {
	case len(data) > messageMax:
		spoiled = oversize
	case c.decode(data, m) != nil: // the error quotes the input, which is nobody's to log
		spoiled = unreadable
	default:
		return nil
	}
	proto.Reset(m)
	m.ProtoReflect().SetUnknown(spoiled)
	return nil
}

func (c codec) decode(data []byte, m proto.Message) error {
	if c.IsBinary() {
		return proto.Unmarshal(data, m)
	}
	// Unknown fields are let pass: clients and servers need not be of one version.
	return protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(data, m)
}

// malformed refuses a message that its codec could not read.
type malformed struct{}

func (malformed) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		if err := unmarked(req.Any()); err != nil {
			return nil, err
		}
		return next(ctx, req)
	}
}

func (malformed) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		return next(ctx, checkedConn{conn})
	}
}

func (malformed) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

type checkedConn struct{ connect.StreamingHandlerConn }

func (c checkedConn) Receive(message any) error {
	if err := c.StreamingHandlerConn.Receive(message); err != nil {
		return err
	}
	return unmarked(message)
}

func unmarked(message any) error {
	m, ok := message.(proto.Message)
	if !ok {
		return nil
	}
	switch unknown := m.ProtoReflect().GetUnknown(); {
	case bytes.Equal(unknown, unreadable):
		return fault.Field("body", "it cannot be read as "+string(m.ProtoReflect().Descriptor().Name()))
	case bytes.Equal(unknown, oversize):
		return fault.New(fault.TooLarge)
	}
	return nil
}

// decompressor stops a byte after the longest message, so that a small request cannot unfold into a large one.
type decompressor struct {
	gzip.Reader
	left int
}

func newDecompressor() connect.Decompressor { return &decompressor{} }
func newCompressor() connect.Compressor {
	fast, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // no error: the level is known; answers are small, and a CPU is dearer
	return fast
}

func (d *decompressor) Reset(from io.Reader) error {
	d.left = messageMax + 1
	return d.Reader.Reset(from)
}

func (d *decompressor) Read(p []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	n, err := d.Reader.Read(p[:min(len(p), d.left)])
	d.left -= n
	return n, err
}
