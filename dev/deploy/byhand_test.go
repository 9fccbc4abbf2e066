package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	run "google.golang.org/api/run/v2"
)

// waiting is a cloud in which a revision of order, that Terraform made, waits beside the one that serves.
func waiting(t *testing.T) (*cloud, *cloudRun) {
	c, made := newCloud(t)
	c.services["order"].Traffic = []*run.GoogleCloudRunV2TrafficTarget{{Revision: "order-00001-abc", Percent: 100}}
	c.services["order"].LatestReadyRevision = "projects/p/locations/l/services/order/revisions/order-00002-def"
	return c, made
}

func TestPromote(t *testing.T) {
	c, made := waiting(t)
	promote := func(percent int, dryRun bool) (string, error) {
		t.Helper()
		var out bytes.Buffer
		err := (&promoteCommand{Program: "order", Percent: percent}).on(t.Context(), made, dryRun, &out)
		return out.String(), err
	}
	said, err := promote(5, true)
	want := "order: order-00002-def gets 5 %, order-00001-abc the rest, once its smoke story holds\nNothing was done: --dry-run.\n"
	if err != nil || said != want || len(c.told) > 0 {
		t.Errorf("a dry run says %q, %v, and does %q", said, err, c.told)
	}
	for _, percent := range []int{5, 60, 100} { // also when it has most of the traffic already
		if _, err := promote(percent, false); err != nil {
			t.Errorf("%d %%: %v", percent, err)
		}
	}
	smoke := "verify: smoke order https://next---order.run.app --audience https://order-1.asia-northeast1.run.app"
	done := []string{
		"order-00001 100%, order-00002 0%", smoke, "order-00002 5%, order-00001 95%",
		smoke, "order-00002 60%, order-00001 40%", smoke, "order-00002 100%",
	}
	if !slices.Equal(c.told, done) {
		t.Errorf("what happened:\n%s\nwant\n%s", strings.Join(c.told, "\n"), strings.Join(done, "\n"))
	}
	if _, err := promote(100, false); err == nil || !strings.Contains(err.Error(), "serves already") {
		t.Errorf("once more: %v", err)
	}
}

func TestPromoteOnlyWhatHolds(t *testing.T) {
	c, made := waiting(t)
	c.broken = "smoke order"
	err := (&promoteCommand{Program: "order", Percent: 100}).on(t.Context(), made, false, t.Output())
	if err == nil || !strings.Contains(err.Error(), "order stays as it is") {
		t.Errorf("it ended with %v", err)
	}
	if got := beside(c.services["order"], "order-00002-def"); got != "order-00001-abc" || slices.Contains(c.told, "order-00002 100%") {
		t.Errorf("traffic went %q", c.told)
	}
}

func TestRollback(t *testing.T) {
	c, made := waiting(t)
	for _, r := range []struct{ name, state string }{
		{"order-00004-xyz", "CONDITION_SUCCEEDED"}, {"order-00001-abc", "CONDITION_SUCCEEDED"},
		{"order-00000-bad", "CONDITION_FAILED"}, {"order-00000-old", "CONDITION_SUCCEEDED"},
	} {
		c.revisions = append(c.revisions, &run.GoogleCloudRunV2Revision{
			Name: "projects/p/locations/l/services/order/revisions/" + r.name, Conditions: []*run.GoogleCloudRunV2Condition{{Type: "Ready", State: r.state}},
		})
	}
	var out bytes.Buffer
	if err := (&rollbackCommand{Program: "order"}).on(t.Context(), made, true, &out); err != nil || len(c.told) > 0 {
		t.Errorf("a dry run ends with %v and does %q", err, c.told)
	}
	if want := "order: all traffic goes to order-00000-old\nNothing was done: --dry-run.\n"; out.String() != want {
		t.Errorf("it says %q, want %q: the newest sound one before the one that serves", out.String(), want)
	}
	if err := (&rollbackCommand{Program: "order"}).on(t.Context(), made, false, &out); err != nil || !slices.Equal(c.told, []string{"order-00000 100%"}) {
		t.Errorf("it ends with %v and does %q", err, c.told)
	}
	c.told = nil
	if err := (&rollbackCommand{Program: "order", Revision: "order-00001-abc"}).on(t.Context(), made, false, &out); err != nil || !slices.Equal(c.told, []string{"order-00001 100%"}) {
		t.Errorf("to one by name it ends with %v and does %q", err, c.told)
	}
	c.revisions = nil
	if err := (&rollbackCommand{Program: "order"}).on(t.Context(), made, false, &out); err == nil {
		t.Error("where there is no earlier one nothing is said")
	}
}
