package main

import (
	"context"
	"errors"
	"testing"

	"cloud.google.com/go/storage"

	"github.com/issho-shop/issho/internal/fault"
	searchv1 "github.com/issho-shop/issho/internal/gen/issho/search/v1"
)

const snapshotName = "index-v3.tar.gz"

func (w *world) snapshot() *searchv1.TakeSnapshotResponse {
	w.t.Helper()
	res, err := w.internal("scheduler").TakeSnapshot(w.t.Context(), &searchv1.TakeSnapshotRequest{})
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

// An instance that starts from a snapshot ends with the index that one from the beginning has, and reads only what is new.
func TestSnapshotThenFeed(t *testing.T) {
	w := start(t, stall()...)
	if res := w.snapshot(); !res.GetStored() || res.GetProducts() != 5 || res.GetBytes() == 0 {
		t.Errorf("snapshot = %v", res)
	}
	w.catalog.withdraw("towel")
	w.catalog.put(product("melon", "夕張メロン", "Yubari melon", "fruit", 3980))
	w.catalog.put(product("orin", "王林 りんご 大玉", "Orin apples", "fruit", 2980))
	w.catalog.change(func() { w.catalog.reads = 0 })
	w.serve() // a second instance
	w.becomes(&searchv1.SearchRequest{}, "fuji", "orin", "juice", "muscat", "melon")
	w.catalog.change(func() {
		if w.catalog.reads > 4 { // two by each of both instances
			t.Errorf("%d views were read, though a snapshot had most", w.catalog.reads)
		}
	})
	w.sound(0)
}

// An instance makes its index anew where there is no snapshot, or none that can be read.
func TestSnapshotUnusable(t *testing.T) {
	for name, spoil := range map[string]func([]byte) []byte{
		"empty":     func([]byte) []byte { return nil },
		"no gzip":   func([]byte) []byte { return []byte("so sorry") },
		"cut off":   func(b []byte) []byte { return b[:len(b)/2] },
		"bits flip": func(b []byte) []byte { b[len(b)/2] ^= 0xff; return b },
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, stall()...)
			w.snapshot()
			object := w.bucket.Object(snapshotName)
			put(t, object, spoil(get(t, object)))
			w.serve()
			w.becomes(&searchv1.SearchRequest{}, "fuji", "orin", "juice", "muscat", "towel")
			w.sound(0)
			if !w.snapshot().GetStored() {
				t.Error("the spoilt one is not replaced")
			}
		})
	}
}

// When catalog has another key for its tokens, who runs begins anew, and so does who starts from a snapshot.
func TestSnapshotOfAnotherKey(t *testing.T) {
	w := start(t, stall()...)
	w.snapshot()
	w.catalog.change(func() { w.catalog.key = "new-" })
	w.catalog.withdraw("towel")
	w.catalog.put(product("melon", "夕張メロン", "Yubari melon", "fruit", 3980))
	w.becomes(&searchv1.SearchRequest{}, "fuji", "orin", "juice", "muscat", "melon")
	w.serve()
	w.becomes(&searchv1.SearchRequest{}, "fuji", "orin", "juice", "muscat", "melon")
	w.sound(0)
}

func TestSnapshotIsReplacedByWhoSawIt(t *testing.T) {
	w := start(t, stall()...)
	w.snapshot()
	s := w.bucket.Object(snapshotName)
	before, err := s.Attrs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.snapshot()
	after, err := s.Attrs(t.Context())
	if err != nil || after.Generation == before.Generation {
		t.Errorf("the snapshot of generation %d was not replaced (%v)", before.Generation, err)
	}
	late := s.If(storage.Conditions{GenerationMatch: before.Generation}).NewWriter(t.Context())
	if err := late.Close(); err == nil {
		t.Error("the store takes what was made before the newest: its preconditions do not work")
	}
	_, err = w.internal("catalog").TakeSnapshot(t.Context(), &searchv1.TakeSnapshotRequest{})
	if fault.ReasonOf(err) != fault.CallerNotAllowed {
		t.Errorf("catalog asks for a snapshot: %v", err)
	}
}

func TestSnapshotWithoutStore(t *testing.T) {
	w := start(t, stall()...)
	if err := w.bucket.Delete(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	_, err := w.internal("scheduler").TakeSnapshot(t.Context(), &searchv1.TakeSnapshotRequest{})
	if fault.ReasonOf(err) != fault.StoreUnavailable {
		t.Errorf("no bucket: %v", err)
	}
	w.becomes(ask("タオル"), "towel")
}

func get(t *testing.T, o *storage.ObjectHandle) []byte {
	t.Helper()
	r, err := o.NewReader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b := make([]byte, r.Attrs.Size)
	for n := 0; n < len(b); {
		k, err := r.Read(b[n:])
		if n += k; err != nil && n < len(b) {
			t.Fatal(errors.Join(err, errors.New("cut off")))
		}
	}
	return b
}

func put(t *testing.T, o *storage.ObjectHandle, b []byte) {
	t.Helper()
	w := o.NewWriter(t.Context())
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
