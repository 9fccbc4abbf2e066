package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/internal/fault"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/id"
)

func TestListEntriesPagesNewestFirst(t *testing.T) {
	w := start(t)
	campaign := id.New("cmp")
	w.programme(campaign, 1000)
	m := bought(id.New("ord"), campaign, "leader")
	m.InviterId = ""
	friend := bought(id.New("ord"), campaign, "hanako")
	w.deliver(w.orderEvent("order.paid", m), w.orderEvent("order.paid", friend), w.orderEvent("order.completed", m))

	type entry struct {
		Kind    rewardv1.EntryKind
		Points  int64
		OrderID string
	}
	var got []entry
	req := &rewardv1.ListEntriesRequest{PageSize: 2}
	for {
		res, err := w.customer("leader").ListEntries(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range res.GetEntries() {
			got = append(got, entry{e.GetKind(), e.GetPoints(), e.GetOrderId()})
		}
		if req.PageToken = res.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	mine := m.GetOrderId()
	earn, vest := rewardv1.EntryKind_ENTRY_KIND_EARN, rewardv1.EntryKind_ENTRY_KIND_VEST
	want := []entry{{vest, 0, mine}, {vest, 0, mine}, {earn, 30, ""}, {earn, 100, mine}, {earn, 50, mine}}
	if got[3].Points == 50 { // two of one moment are in the order of their ids
		got[3], got[4] = got[4], got[3]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func TestListEntriesRefusesAnothersPageToken(t *testing.T) {
	w := start(t)
	campaign := id.New("cmp")
	w.programme(campaign, 1000)
	m := bought(id.New("ord"), campaign, "leader")
	m.InviterId = ""
	w.deliver(w.orderEvent("order.paid", m))
	res, err := w.customer("leader").ListEntries(t.Context(), &rewardv1.ListEntriesRequest{PageSize: 1})
	if err != nil || res.GetNextPageToken() == "" {
		t.Fatalf("no second page: %v %v", res, err)
	}
	for _, token := range []string{res.GetNextPageToken(), "nonsense"} {
		_, err := w.customer("taro").ListEntries(t.Context(), &rewardv1.ListEntriesRequest{PageSize: 1, PageToken: token})
		wantReason(t, err, fault.PageTokenInvalid)
	}
	_, err = w.customer("leader").ListEntries(t.Context(), &rewardv1.ListEntriesRequest{PageSize: 51})
	wantReason(t, err, fault.FieldInvalid)
}
