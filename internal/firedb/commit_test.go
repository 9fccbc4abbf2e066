package firedb_test

import (
	"errors"
	"testing"
	"time"

	"cloud.google.com/go/firestore"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/internal/testenv"
)

type note struct {
	Text  string            `firestore:"text"`
	Count int64             `firestore:"count"`
	Tags  map[string]string `firestore:"tags"`
	At    time.Time         `firestore:"at"`
	Local string            `firestore:"-"`
}

func TestCommit(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), testenv.Firestore(t)
	one, two := c.Doc("notes/one"), c.Doc("notes/two")
	first := note{Text: "a", Count: 1, Tags: map[string]string{"x": "1"}}
	if err := firedb.Commit(ctx, c, firedb.Create(one, first)); err != nil {
		t.Fatal(err)
	}
	_, stored, _, err := firedb.Get[note](ctx, one)
	if err != nil {
		t.Fatal(err)
	}
	next := note{Text: "b", Tags: map[string]string{"y": "2"}, Local: "not stored"}
	if err := firedb.Commit(ctx, c, firedb.Replace(one, next, stored), firedb.Set(two, first)); err != nil {
		t.Fatal(err)
	}
	next.Local = ""
	if got, _, ok, err := firedb.Get[note](ctx, one); err != nil || !ok || cmp.Diff(next, got) != "" {
		t.Errorf("after Replace: %v, %v, %v; want %v", got, ok, err, next)
	}

	for name, test := range map[string]struct {
		write firedb.Write
		lost  func(error) bool
	}{
		"create what is there": {firedb.Create(one, first), firedb.Exists},
		"replace with a stale": {firedb.Replace(one, first, stored), conflict},
		"replace what is gone": {firedb.Replace(c.Doc("notes/none"), first, stored), conflict},
		"delete with a stale":  {firedb.Delete(one, stored), conflict},
	} {
		t.Run(name, func(t *testing.T) {
			three := c.Doc("notes/three")
			if err := firedb.Commit(ctx, c, firedb.Create(three, first), test.write); !test.lost(err) {
				t.Errorf("commit = %v", err)
			}
			if _, _, ok, err := firedb.Get[note](ctx, three); ok || err != nil {
				t.Errorf("the other write of a lost commit stands (%v)", err)
			}
		})
	}
}

func conflict(err error) bool { return fault.ReasonOf(err) == fault.Conflict }

func TestSnapshot(t *testing.T) {
	t.Parallel()
	ctx, c := t.Context(), testenv.Firestore(t)
	for _, text := range []string{"a", "b"} {
		if err := firedb.Commit(ctx, c, firedb.Create(c.Doc("notes/"+text), note{Text: text})); err != nil {
			t.Fatal(err)
		}
	}
	stop := errors.New("stop")
	seen := 0
	err := firedb.Snapshot(ctx, c, func(tx *firestore.Transaction) error {
		all, err := firedb.All[note](tx.Documents(c.Collection("notes")))
		if err != nil || len(all) != 2 {
			t.Errorf("All = %v, %v; want both notes", all, err)
		}
		return firedb.Each(tx.Documents(c.Collection("notes")), func(*firestore.DocumentRef, note) error {
			seen++
			return stop
		})
	})
	if !errors.Is(err, stop) || seen != 1 {
		t.Errorf("Snapshot = %v after %d notes, want the callback's error after 1", err, seen)
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	ctx, c, now := t.Context(), testenv.Firestore(t), time.Now()
	var writes []firedb.Write
	for i := range 401 { // more than two batches
		at := now.Add(-time.Hour)
		if i == 400 {
			at = now.Add(time.Hour)
		}
		writes = append(writes, firedb.Set(c.Collection("notes").NewDoc(), note{At: at}))
	}
	if err := firedb.Commit(ctx, c, writes...); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{400, 0} {
		if n, err := firedb.Sweep(ctx, c, c.Collection("notes"), "at", now); n != want || err != nil {
			t.Errorf("Sweep = %d, %v; want %d", n, err, want)
		}
	}
}

func TestRequest(t *testing.T) {
	t.Parallel()
	ctx, c, now := t.Context(), testenv.Firestore(t), time.Now()
	request := func(user, id, content string) firedb.Request {
		r, err := firedb.NewRequest(caller.Caller{UserID: user, Method: "/m", RequestID: id}, wrapperspb.String(content), now)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := request("hanako", "r1", "x")
	if err := firedb.Commit(ctx, c, first.Write(c)); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		r    firedb.Request
		seen bool
		want fault.Reason
	}{
		"the same":         {request("hanako", "r1", "x"), true, ""},
		"other content":    {request("hanako", "r1", "y"), false, fault.RequestIDReused},
		"other id":         {request("hanako", "r2", "x"), false, ""},
		"another customer": {request("taro", "r1", "y"), false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			seen, err := test.r.Seen(ctx, c)
			if seen != test.seen || fault.ReasonOf(err) != test.want {
				t.Errorf("Seen = %v, %v; want %v, %q", seen, err, test.seen, test.want)
			}
			if same := test.r.ID("x") == first.ID("x"); same != (name == "the same" || name == "other content") {
				t.Errorf("derives the same id: %v", same)
			}
		})
	}
	if err := firedb.Commit(ctx, c, request("hanako", "r1", "x").Write(c)); !firedb.Exists(err) {
		t.Errorf("second write of a request = %v, want Exists", err)
	}
	if n, err := firedb.SweepRequests(ctx, c, now.Add(6*24*time.Hour)); n != 0 || err != nil {
		t.Errorf("swept %d after 6 days (%v), want 0", n, err)
	}
	if n, err := firedb.SweepRequests(ctx, c, now.Add(8*24*time.Hour)); n != 1 || err != nil {
		t.Errorf("swept %d after 8 days (%v), want 1", n, err)
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{"hanako": "u_hanako", "a/b": "u_a%2Fb", "..": "u_..", "__x__": "u___x__", "花": "u_%E8%8A%B1"} {
		if got := firedb.Key(id); got != want {
			t.Errorf("Key(%q) = %q, want %q", id, got, want)
		}
	}
}
