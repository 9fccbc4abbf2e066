package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
)

// For how long others may hold an answer. A page is to be at most two seconds behind, of which our own cache takes one.
const (
	forASecond = time.Second
	forAWhile  = 10 * time.Second
	// despiteUs is for how long an answer may be shown when we do not answer.
	despiteUs = 5 * time.Minute
)

// tell lets a GET be held: for how long and by its content. Whoever has it already is told so by an error that leaves as 304.
// What says the time has no content that stays, nil: a 304 would have its clock stand still. What was asked for with a token is the asker's alone, whatever stands in it: no shared
// cache may hold it.
func tell(ctx context.Context, fresh time.Duration, content proto.Message) error {
	call, ok := connect.CallInfoForHandlerContext(ctx)
	if !ok || call.HTTPMethod() != "GET" {
		return nil
	}
	h := call.ResponseHeader()
	if call.RequestHeader().Get("Authorization") != "" {
		h.Set("Cache-Control", "private, no-cache")
	} else {
		h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d, stale-if-error=%d", int(fresh.Seconds()), int(despiteUs.Seconds())))
	}
	if content == nil {
		return nil
	}
	tag, err := tagOf(content)
	if err != nil {
		return err
	}
	h.Set("ETag", tag)
	if matches(call.RequestHeader().Get("If-None-Match"), tag) {
		return connect.NewNotModifiedError(h.Clone())
	}
	return nil
}

// tagOf is a weak tag of a message's content: the same in JSON and in protobuf, compressed or not.
func tagOf(content proto.Message) (string, error) {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(content)
	if err != nil {
		return "", err
	}
	h := fnv.New64a()
	h.Write(b)
	return fmt.Sprintf(`W/"%016x"`, h.Sum64()), nil
}

// matches tells whether a tag is among those of If-None-Match.
func matches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimSpace(one); one == tag || one == "*" {
			return true
		}
	}
	return false
}
