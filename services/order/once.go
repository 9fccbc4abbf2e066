package main

import (
	"context"
	"crypto/sha256"
	"errors"

	"google.golang.org/protobuf/proto"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/order/internal/request"
)

// identified is a message that names its request.
type identified interface {
	proto.Message
	GetRequestId() string
}

// requestOf is a call as its request row remembers it: who asks for what.
func requestOf(who caller.Caller, method string, m identified) (request.Request, error) {
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	sum := sha256.Sum256(body)
	return request.Request{CallerID: who.UserID, Method: method, RequestID: m.GetRequestId(), Fingerprint: sum[:]}, err
}

// once runs fn for the first call with a request id; it makes what made names. A repeat changes nothing and meets the same
// refusal, if there was one; what was made is read by its id, which is derived from the request.
func (s *server) once(ctx context.Context, r request.Request, made, tag string, n needs, fn func(w *work) error) error {
	var refused *fault.Error
	n.requests = []request.Key{r.Key()}
	err := s.update(ctx, tag, n, func(w *work) error {
		refused = nil
		if prior, _ := w.requests.get(r.Key()); prior != nil {
			_, err := prior.Answer(r.Fingerprint)
			return err
		}
		try := w.item(w.ctx)
		err := fn(try)
		if refused = kept(err); refused != nil {
			return w.answer(r.Refused(refused, w.now))
		}
		if err != nil {
			return err
		}
		return errors.Join(try.keep(), w.answer(r.MadeElse(made, w.now)))
	})
	if err == nil && refused != nil {
		return refused
	}
	return err
}
