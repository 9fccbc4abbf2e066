package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/issho-shop/issho/internal/fault"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
)

func consents(requestID string, given bool) *userv1.RecordConsentRequest {
	return &userv1.RecordConsentRequest{
		RequestId: requestID, Purpose: userv1.ConsentPurpose_CONSENT_PURPOSE_MARKETING, DocumentVersion: "2026-04-01", Given: given,
	}
}

func TestConsentsAreOnlyAdded(t *testing.T) {
	d := open(t)
	var ids []string
	for i, req := range []*userv1.RecordConsentRequest{consents("c1", true), consents("c1", true), consents("c2", false)} {
		res, err := d.as(guest).RecordConsent(d.ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, res.GetConsent().GetConsentId())
		if i > 0 {
			d.Advance(time.Second)
		}
	}
	if ids[0] != ids[1] || ids[1] == ids[2] {
		t.Errorf("ids %q; a repeat makes nothing new", ids)
	}
	_, err := d.as(guest).RecordConsent(d.ctx, consents("c1", false))
	refused(t, err, fault.RequestIDReused)
	res, err := d.as(guest).ListConsents(d.ctx, &userv1.ListConsentsRequest{})
	if err != nil || len(res.GetConsents()) != 2 || res.GetConsents()[0].GetGiven() || !res.GetConsents()[1].GetGiven() {
		t.Errorf("records: %v, %v", res, err)
	}
	if res, err := d.as(hanako).ListConsents(d.ctx, &userv1.ListConsentsRequest{}); err != nil || len(res.GetConsents()) != 0 {
		t.Errorf("another customer sees %v, %v", res, err)
	}
	for _, change := range []func(*userv1.RecordConsentRequest){
		func(m *userv1.RecordConsentRequest) { m.Purpose = 0 },
		func(m *userv1.RecordConsentRequest) { m.Purpose = 99 },
		func(m *userv1.RecordConsentRequest) { m.DocumentVersion = "二〇二六" },
	} {
		req := consents("c3", true)
		change(req)
		_, err := d.as(hanako).RecordConsent(d.ctx, req)
		refused(t, err, fault.FieldInvalid)
	}
	d.verified()
}

// TestManyConsents lists, exports and keeps every one of more records than fit a page.
func TestManyConsents(t *testing.T) {
	d := open(t)
	const many = consentsPage + 3
	for i := range many {
		if _, err := d.as(hanako).RecordConsent(d.ctx, consents(fmt.Sprint("c", i), i%2 == 0)); err != nil {
			t.Fatal(err)
		}
	}
	res, err := d.as(hanako).ListConsents(d.ctx, &userv1.ListConsentsRequest{})
	if err != nil || len(res.GetConsents()) != many {
		t.Errorf("%d records listed (%v), want %d", len(res.GetConsents()), err, many)
	}
	j := d.finished(hanako, d.export(hanako, "e1"))
	if got := d.read(hanako, j); got["user consent"] != many || got["user profile"] != 1 {
		t.Errorf("exported %v, want %d consents", got, many)
	}
	if j = d.finished(hanako, d.erase("x1")); j.GetSteps()[5].GetKept() != many {
		t.Errorf("%d consents are kept, want %d", j.GetSteps()[5].GetKept(), many)
	}
}
