package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/internal/fault"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func (d *desk) export(u testenv.User, requestID string) *userv1.DataJob {
	d.t.Helper()
	res, err := d.as(u).RequestExport(d.ctx, &userv1.RequestExportRequest{RequestId: requestID})
	if err != nil {
		d.t.Fatal(err)
	}
	return res.GetJob()
}

func (d *desk) job(u testenv.User, id string) *userv1.DataJob {
	d.t.Helper()
	res, err := d.as(u).GetDataJob(d.ctx, &userv1.GetDataJobRequest{JobId: id})
	if err != nil {
		d.t.Fatal(err)
	}
	return res.GetJob()
}

// read answers how many records of each kind an export's parts hold together.
func (d *desk) read(u testenv.User, j *userv1.DataJob) map[string]int {
	d.t.Helper()
	kinds := map[string]int{}
	for n := range j.GetParts() {
		res, err := d.as(u).GetExportPart(d.ctx, &userv1.GetExportPartRequest{JobId: j.GetJobId(), Part: n + 1})
		if err != nil {
			d.t.Fatal(err)
		}
		var entries []struct {
			Service, Kind string
			Data          map[string]any
		}
		if err := json.Unmarshal([]byte(res.GetJson()), &entries); err != nil || len(res.GetJson()) > 1<<20 {
			d.t.Fatalf("part %d of %d bytes: %v", n+1, len(res.GetJson()), err)
		}
		for _, e := range entries {
			if kinds[e.Service+" "+e.Kind]++; e.Data == nil {
				d.t.Errorf("a record without data: %v", e)
			}
		}
	}
	return kinds
}

// sweepJobs lets the sweep go on with what is due.
func (d *desk) sweepJobs() {
	d.t.Helper()
	if _, err := d.internal("scheduler").Sweep(d.ctx, &userv1.SweepRequest{}); err != nil {
		d.t.Error(err)
	}
}

// finished lets the sweep go on with a job until it is done: a request works on one for some seconds, in which a loaded
// machine does not get through.
func (d *desk) finished(u testenv.User, j *userv1.DataJob) *userv1.DataJob {
	d.t.Helper()
	testenv.Eventually(d.t, func() error {
		if j.GetState() == userv1.DataJobState_DATA_JOB_STATE_DONE {
			return nil
		}
		d.Advance(2 * time.Minute)
		_, err := d.internal("scheduler").Sweep(d.ctx, &userv1.SweepRequest{})
		j = d.job(u, j.GetJobId())
		return errors.Join(err, fmt.Errorf("%v is %s", j.GetJobId(), j.GetState()))
	})
	return j
}

func TestExport(t *testing.T) {
	d := open(t)
	d.shop.size = 150_000 // of three bytes each: a record a part
	d.add(hanako, "r1", false)
	if _, err := d.as(hanako).RecordConsent(d.ctx, consents("c1", true)); err != nil {
		t.Fatal(err)
	}
	j := d.finished(hanako, d.export(hanako, "e1"))
	if j.GetParts() != 10 || j.GetExpireTime() == nil {
		t.Fatalf("job: %v", j)
	}
	want := map[string]int{
		"user profile": 1, "user address": 1, "user consent": 1,
		"order order": 5, "payment payment": 2, "reward reward": 1, "cart cart": 1,
	}
	if diff := cmp.Diff(want, d.read(hanako, j)); diff != "" {
		t.Errorf("exported (-want +got):\n%s", diff)
	}
	asked := d.shop.called("export")
	if again := d.export(hanako, "e1"); again.GetJobId() != j.GetJobId() || d.shop.called("export") != asked {
		t.Errorf("a repeat made %v, or asked %d times", again, d.shop.called("export")-asked)
	}
	d.verified()

	for name, u := range map[string]testenv.User{"another customer": taro} {
		_, err := d.as(u).GetDataJob(d.ctx, &userv1.GetDataJobRequest{JobId: j.GetJobId()})
		if fault.ReasonOf(err) != fault.NotFound {
			t.Errorf("%s sees the job: %v", name, err)
		}
		_, err = d.as(u).GetExportPart(d.ctx, &userv1.GetExportPartRequest{JobId: j.GetJobId(), Part: 1})
		if fault.ReasonOf(err) != fault.NotFound {
			t.Errorf("%s reads the export: %v", name, err)
		}
	}
	_, err := d.as(hanako).GetExportPart(d.ctx, &userv1.GetExportPartRequest{JobId: j.GetJobId(), Part: 11})
	refused(t, err, fault.NotFound)
	_, err = d.as(guest).RequestExport(d.ctx, &userv1.RequestExportRequest{RequestId: "g"})
	refused(t, err, fault.CallerNotAllowed)

	d.Advance(8 * 24 * time.Hour)
	d.sweepJobs()
	_, err = d.as(hanako).GetExportPart(d.ctx, &userv1.GetExportPartRequest{JobId: j.GetJobId(), Part: 1})
	refused(t, err, fault.NotFound)
}

func TestExportGoesOnWhereItStopped(t *testing.T) {
	d := open(t)
	d.shop.set("payment", fault.ProviderUnavailable)
	j := d.export(hanako, "e1")
	if j.GetState() != userv1.DataJobState_DATA_JOB_STATE_RUNNING || !j.GetSteps()[1].GetDone() || j.GetSteps()[2].GetWaitsFor() != "PROVIDER_UNAVAILABLE" {
		t.Fatalf("without the provider: %v", j)
	}
	_, err := d.as(hanako).GetExportPart(d.ctx, &userv1.GetExportPartRequest{JobId: j.GetJobId(), Part: 1})
	refused(t, err, fault.NotFound)
	d.shop.set("payment", "")
	d.Advance(2 * time.Minute)
	for range 2 {
		d.sweepJobs()
	}
	if j = d.job(hanako, j.GetJobId()); j.GetState() != userv1.DataJobState_DATA_JOB_STATE_DONE || d.shop.called("export order") != 3 {
		t.Errorf("afterwards %v; order was asked %d times", j, d.shop.called("export order"))
	}
	if got := d.read(hanako, j)["order order"]; got != 5 {
		t.Errorf("%d orders exported, want 5", got)
	}
	d.verified()
}

func TestExportsAreLimited(t *testing.T) {
	d := open(t)
	for _, id := range []string{"e1", "e2", "e3"} {
		d.export(hanako, id)
	}
	_, err := d.as(hanako).RequestExport(d.ctx, &userv1.RequestExportRequest{RequestId: "e4"})
	refused(t, err, fault.LimitReached)
	d.export(taro, "e4")
}
