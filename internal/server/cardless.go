package server

import (
	"context"
	"strconv"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/pan"
)

// cardless refuses requests that hold a card number in a text, before anything reads them: card numbers are the payment
// provider's alone. Fields that a machine fills are not texts: those with a pattern, request ids, tokens and etags.
type cardless struct{}

func (cardless) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		if err := withoutCard(req.Any()); err != nil {
			return nil, err
		}
		return next(ctx, req)
	}
}

func (cardless) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		return next(ctx, cardlessConn{conn})
	}
}

func (cardless) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

type cardlessConn struct{ connect.StreamingHandlerConn }

func (c cardlessConn) Receive(message any) error {
	if err := c.StreamingHandlerConn.Receive(message); err != nil {
		return err
	}
	return withoutCard(message)
}

func withoutCard(message any) error {
	m, ok := message.(proto.Message)
	if !ok {
		return nil
	}
	if path := cardIn(m.ProtoReflect(), ""); path != "" {
		return fault.New(fault.CardNumberRefused).And(path, "holds a card number")
	}
	return nil
}

// cardIn is the path of the first text with a card number; empty when there is none.
func cardIn(m protoreflect.Message, prefix string) (path string) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		at := prefix + string(f.Name())
		switch {
		case f.IsMap():
			v.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
				if path = cardAt(f.MapValue(), v, at+"["+k.String()+"]"); path == "" && pan.In(k.String()) {
					path = at
				}
				return path == ""
			})
		case f.IsList():
			for i := 0; i < v.List().Len() && path == ""; i++ {
				path = cardAt(f, v.List().Get(i), at+"["+strconv.Itoa(i)+"]")
			}
		default:
			path = cardAt(f, v, at)
		}
		return path == ""
	})
	return path
}

func cardAt(f protoreflect.FieldDescriptor, v protoreflect.Value, at string) string {
	switch {
	case f.Message() != nil:
		return cardIn(v.Message(), at+".")
	case f.Kind() == protoreflect.StringKind && isText(f) && pan.In(v.String()):
		return at
	}
	return ""
}

// isText tells the fields that people write from those that machines fill.
func isText(f protoreflect.FieldDescriptor) bool {
	name := string(f.Name())
	if name == "request_id" || name == "etag" || name == "token" || strings.HasSuffix(name, "_token") {
		return false
	}
	rules, _ := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules)
	s := rules.GetString()
	if rules.GetRepeated() != nil {
		s = rules.GetRepeated().GetItems().GetString()
	}
	return s.GetPattern() == ""
}
