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
	"github.com/issho-shop/issho/internal/tidy"
)

// texts refuses requests with a text that nobody may send, before anything reads them. Card numbers are the payment
// provider's alone. What has nothing but marks that are not seen would be stored as no text at all, where one is wanted, and
// names that differ in such marks alone as one. Fields that a machine fills are not texts: those with a pattern, request ids,
// tokens and etags.
type texts struct{}

func (texts) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		if err := CheckTexts(req.Any()); err != nil {
			return nil, err
		}
		return next(ctx, req)
	}
}

func (texts) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		return next(ctx, textsConn{conn})
	}
}

func (texts) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

type textsConn struct{ connect.StreamingHandlerConn }

func (c textsConn) Receive(message any) error {
	if err := c.StreamingHandlerConn.Receive(message); err != nil {
		return err
	}
	return CheckTexts(message)
}

// CheckTexts refuses a message with a text that nobody may send: for one that comes otherwise than as a request.
func CheckTexts(message any) error {
	m, ok := message.(proto.Message)
	if !ok {
		return nil
	}
	return textsIn(m.ProtoReflect(), "")
}

// textsIn refuses the first text that may not be sent.
func textsIn(m protoreflect.Message, prefix string) (err error) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		at := prefix + string(f.Name())
		switch {
		case f.IsMap():
			err = textsOfMap(f, v.Map(), at)
		case f.IsList():
			for i := 0; i < v.List().Len() && err == nil; i++ {
				err = textAt(f, v.List().Get(i), at+"["+strconv.Itoa(i)+"]")
			}
		default:
			err = textAt(f, v, at)
		}
		return err == nil
	})
	return err
}

func textsOfMap(f protoreflect.FieldDescriptor, m protoreflect.Map, at string) (err error) {
	named := map[string]bool{}
	m.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		if err = textAt(f.MapValue(), v, at+"["+k.String()+"]"); err == nil {
			err = text(k.String(), at)
		}
		if name := tidy.Text(k.String()); err == nil && named[name] {
			err = fault.Field(at, "has two names that look alike")
		} else {
			named[name] = true
		}
		return err == nil
	})
	return err
}

func textAt(f protoreflect.FieldDescriptor, v protoreflect.Value, at string) error {
	switch {
	case f.Message() != nil:
		return textsIn(v.Message(), at+".")
	case f.Kind() == protoreflect.StringKind && isText(f):
		return text(v.String(), at)
	}
	return nil
}

func text(said, at string) error {
	switch {
	case pan.In(said):
		return fault.New(fault.CardNumberRefused).And(at, "holds a card number")
	case tidy.Unseen(said):
		return fault.Field(at, "has nothing that can be seen")
	}
	return nil
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
