package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/internal/fault"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/job"
)

func (d *desk) erase(requestID string) *userv1.DataJob {
	d.t.Helper()
	res, err := d.as(hanako).RequestErasure(d.ctx, &userv1.RequestErasureRequest{RequestId: requestID})
	if err != nil {
		d.t.Fatal(err)
	}
	return res.GetJob()
}

// TestErasure waits for an order under way, then for the provider, and in the end nothing tells who the customer was.
func TestErasure(t *testing.T) {
	d := open(t)
	a := d.add(hanako, "r1", false)
	d.add(taro, "r1", false)
	if _, err := d.as(hanako).UpdateProfile(d.ctx, &userv1.UpdateProfileRequest{Profile: &userv1.Profile{DisplayName: "花子"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.as(hanako).RecordConsent(d.ctx, consents("c1", true)); err != nil {
		t.Fatal(err)
	}
	d.export(hanako, "e1")
	d.shop.set("order", fault.OrderState)
	d.shop.set("payment", fault.ProviderUnavailable)

	j := d.erase("x1")
	if j.GetState() != userv1.DataJobState_DATA_JOB_STATE_WAITING || j.GetSteps()[0].GetWaitsFor() != "ORDER_STATE" || d.shop.called("erase payment") != 0 {
		t.Fatalf("with an order under way: %v", j)
	}
	if again := d.erase("x2"); again.GetJobId() != j.GetJobId() || d.shop.called("erase order") != 1 {
		t.Errorf("asked again: %v, order was asked %d times", again, d.shop.called("erase order"))
	}
	_, err := d.internal("order").GetAddress(d.ctx, &userv1.GetAddressRequest{CustomerId: hanako.ID, AddressId: a.GetAddressId()})
	refused(t, err, fault.NotFound) // so nothing can be ordered
	_, err = d.as(hanako).CreateAddress(d.ctx, &userv1.CreateAddressRequest{RequestId: "r2", Address: &userv1.Address{Address: postal()}})
	refused(t, err, fault.CallerNotAllowed)
	if d.doc("profiles", hanako) == nil {
		t.Error("erased before the order was over")
	}

	d.shop.set("order", "")
	d.Advance(61 * time.Minute)
	d.sweepJobs()
	if j = d.job(hanako, j.GetJobId()); j.GetState() != userv1.DataJobState_DATA_JOB_STATE_RUNNING || !j.GetSteps()[0].GetDone() || d.shop.called("erase cart") != 0 {
		t.Fatalf("without the provider: %v", j)
	}
	d.shop.set("payment", "")
	d.Advance(2 * time.Minute)
	for range 2 {
		d.sweepJobs()
	}
	if j = d.job(hanako, j.GetJobId()); j.GetState() != userv1.DataJobState_DATA_JOB_STATE_DONE || j.GetSteps()[0].GetCount() != 5 || j.GetSteps()[0].GetKept() != 1 {
		t.Fatalf("at the end: %v", j)
	}
	for _, service := range []string{"payment", "reward", "cart", "catalog"} {
		if d.shop.called("erase "+service+" hanako") == 0 {
			t.Errorf("%s was not told", service)
		}
	}
	d.erasedOf(j)
}

// TestErasureAgain erases what an account that was erased has told us since: the same job is taken up anew, and its audit
// goes on.
func TestErasureAgain(t *testing.T) {
	d := open(t)
	var j *userv1.DataJob
	for round := range int64(2) {
		if _, err := d.as(hanako).UpdateProfile(d.ctx, &userv1.UpdateProfileRequest{Profile: &userv1.Profile{DisplayName: "花子"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.as(hanako).RecordConsent(d.ctx, consents(fmt.Sprint("c", round), true)); err != nil {
			t.Fatal(err)
		}
		d.shop.keep("cart", 1)
		last := j.GetJobId()
		j = d.finished(hanako, d.erase(fmt.Sprint("x", round)))
		if round > 0 && j.GetJobId() != last {
			t.Errorf("the second erasure is %s, the first was %s", j.GetJobId(), last)
		}
		for service, want := range map[int][2]int64{3: {1, 1}, 5: {2, round + 1}} { // of user: the profile and a request
			if step := j.GetSteps()[service]; step.GetCount() != want[0] || step.GetKept() != want[1] {
				t.Errorf("erasure %d: %v, want %d erased and %d kept", round, step, want[0], want[1])
			}
		}
		if d.shop.called("erase cart hanako") != int(round)+1 {
			t.Errorf("erasure %d: cart was told %d times", round, d.shop.called("erase cart hanako"))
		}
		if got := d.doc("profiles", hanako); got != nil {
			t.Errorf("profile: %v", got)
		}
	}
	once := append(slices.Repeat([]job.State{job.Running}, len(erased)), job.Done)
	d.audited(j, slices.Concat(once, once)...)
	d.verified()
}

// erasedOf looks at what is left of Hanako.
func (d *desk) erasedOf(j *userv1.DataJob) {
	d.t.Helper()
	if got := d.doc("profiles", hanako); got != nil {
		d.t.Errorf("profile: %v", got)
	}
	if book := d.doc("addresses", hanako); book["closed"] != true || book["addresses"] != nil {
		d.t.Errorf("address book: %v", book)
	}
	for collection, want := range map[string]int{"parts": 0, "requests": 1, "jobs": 1} { // taro's request, hanako's erasure
		refs, err := d.db.Collection(collection).Documents(d.ctx).GetAll()
		if err != nil || len(refs) != want {
			d.t.Errorf("%d documents in %s (%v), want %d", len(refs), collection, err, want)
		}
	}
	kept, err := d.as(hanako).ListConsents(d.ctx, &userv1.ListConsentsRequest{})
	if err != nil || len(kept.GetConsents()) != 1 {
		d.t.Errorf("consents: %v, %v", kept, err)
	}
	d.audited(j, "RUNNING", "WAITING", "RUNNING", "RUNNING", "RUNNING", "RUNNING", "RUNNING", "RUNNING", "DONE")
	if len(d.list(taro)) != 1 {
		d.t.Error("another customer's address is gone")
	}
	d.verified()
}

// audited wants an entry for each change of the job, without a gap.
func (d *desk) audited(j *userv1.DataJob, want ...job.State) {
	d.t.Helper()
	snaps, err := d.db.Collection("audit").Where("subject", "==", "job/"+j.GetJobId()).Documents(d.ctx).GetAll()
	if err != nil {
		d.t.Fatal(err)
	}
	var states []job.State
	for i, snap := range snaps {
		var e job.Entry
		if err := snap.DataTo(&e); err != nil || e.Version != int64(i+1) || e.Actor == "" || e.Method == "" {
			d.t.Errorf("audit %d: %+v, %v", i, e, err)
		}
		states = append(states, e.State)
	}
	if diff := cmp.Diff(want, states); diff != "" {
		d.t.Errorf("audit (-want +got):\n%s", diff)
	}
}
