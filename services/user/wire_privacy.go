package main

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/consent"
	"github.com/issho-shop/issho/services/user/internal/job"
)

// Purposes, kinds and states are spelt alike in store and contract.

func purposeOf(p userv1.ConsentPurpose) string {
	return strings.TrimPrefix(p.String(), "CONSENT_PURPOSE_")
}

func fromConsent(r consent.Record) *userv1.Consent {
	return &userv1.Consent{
		ConsentId: r.ID, Purpose: userv1.ConsentPurpose(userv1.ConsentPurpose_value["CONSENT_PURPOSE_"+r.Purpose]),
		DocumentVersion: r.DocumentVersion, Given: r.Given, RecordTime: timestamppb.New(r.At),
	}
}

func fromJob(j job.Job) *userv1.DataJob {
	m := &userv1.DataJob{
		JobId: j.ID, Kind: userv1.DataJobKind(userv1.DataJobKind_value["DATA_JOB_KIND_"+string(j.Kind)]),
		State:      userv1.DataJobState(userv1.DataJobState_value["DATA_JOB_STATE_"+string(j.State)]),
		CreateTime: timestamppb.New(j.CreatedAt), DoneTime: fromTime(j.DoneAt), ExpireTime: fromTime(j.ExpireTime),
	}
	if j.State == job.Done {
		m.Parts = int32(j.Parts)
	}
	for _, s := range j.Steps {
		m.Steps = append(m.Steps, &userv1.DataStep{
			Service: s.Service, Done: s.DoneAt != nil, DoneTime: fromTime(s.DoneAt), Count: s.Count, Kept: s.Kept, WaitsFor: s.WaitsFor,
		})
	}
	return m
}

func fromTime(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}
