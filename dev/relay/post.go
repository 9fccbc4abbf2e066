package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
)

// reply is a service's answer.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (a reply) ok() bool { return a.status >= 200 && a.status < 300 }

// post sends body to path of a service, signed by identity. Headers are sent as given; the token goes into
// Authorization, where Google's push and tasks put it.
func (r *relay) post(ctx context.Context, identity, service, path string, header http.Header, body []byte) (reply, error) {
	base := r.declared.Services[service].URL()
	token, err := r.tokens.get(ctx, identity, base)
	if err != nil {
		return reply{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+path, bytes.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	req.Header = header.Clone()
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := r.http.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	answered, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return reply{res.StatusCode, res.Header, answered}, err
}

// twice delivers once, or twice while the fault is on: half of the copies go at the same time as the original
// and half after it, since receivers meet both. The worse answer counts, as a sender would see it in the end.
func (r *relay) twice(deliver func() (reply, error)) (reply, error) {
	if !r.duplicate.Load() {
		return deliver()
	}
	if r.copies.Add(1)%2 == 0 {
		first, firstErr := deliver()
		second, secondErr := deliver()
		return worse(first, second), errors.Join(firstErr, secondErr)
	}
	var copied reply
	var copyErr error
	var wait sync.WaitGroup
	wait.Go(func() { copied, copyErr = deliver() })
	first, firstErr := deliver()
	wait.Wait()
	return worse(first, copied), errors.Join(firstErr, copyErr)
}

func worse(a, b reply) reply {
	if a.ok() {
		return b
	}
	return a
}
