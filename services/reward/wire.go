package main

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/fault"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/services/reward/internal/points"
	"github.com/issho-shop/issho/services/reward/internal/programme"
)

// wireEntry answers a journal as its customer sees it. Kinds are spelt alike in store and contract.
func wireEntry(j points.Journal) *rewardv1.Entry {
	return &rewardv1.Entry{
		EntryId:    j.ID,
		Kind:       rewardv1.EntryKind(rewardv1.EntryKind_value["ENTRY_KIND_"+string(j.Kind)]),
		Points:     j.Points,
		OrderId:    j.OrderID,
		CreateTime: timestamppb.New(j.CreatedAt),
	}
}

func wireProgramme(p programme.Programme) *rewardv1.Programme {
	return &rewardv1.Programme{
		CampaignId:    p.CampaignID,
		MemberPoints:  p.MemberPoints,
		LeaderPoints:  p.LeaderPoints,
		InviterPoints: p.InviterPoints,
		Budget:        p.Budget,
		Given:         p.Given,
	}
}

func programmeOf(m *rewardv1.Programme) programme.Programme {
	return programme.Programme{
		MemberPoints:  m.GetMemberPoints(),
		LeaderPoints:  m.GetLeaderPoints(),
		InviterPoints: m.GetInviterPoints(),
		Budget:        m.GetBudget(),
	}
}

// cursorAt and place turn the end of a page into the text inside a page token and back.
func cursorAt(j points.Journal) string {
	return j.CreatedAt.UTC().Format(time.RFC3339Nano) + " " + j.ID
}

func place(cursor string) (points.Before, error) {
	if cursor == "" {
		return points.Before{}, nil
	}
	created, journal, _ := strings.Cut(cursor, " ")
	at, err := time.Parse(time.RFC3339Nano, created)
	if err != nil {
		return points.Before{}, fault.New(fault.PageTokenInvalid).Because(err)
	}
	return points.Before{CreatedAt: at, JournalID: journal}, nil
}
