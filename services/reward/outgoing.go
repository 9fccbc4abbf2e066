package main

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/gen/issho/reward/v1/rewardv1connect"
	"github.com/issho-shop/issho/internal/outbox"
	"github.com/issho-shop/issho/services/reward/internal/hold"
	"github.com/issho-shop/issho/services/reward/internal/points"
)

// Where reward writes to.
const (
	pointsTopic = "points"      // points.earned: live, notification, analytics
	holdQueue   = "reward-hold" // CheckHold, two minutes after a hold
)

func earned(e points.Earning, now time.Time) outbox.Entry {
	return outbox.Event(pointsTopic, "points.earned", "points/"+e.JournalID, 1, now, &rewardv1.PointsEvent{
		CustomerId: e.CustomerID,
		EntryId:    e.JournalID,
		Points:     e.Points,
		CampaignId: e.CampaignID,
		OccurTime:  timestamppb.New(now),
	})
}

func checkHold(h hold.Hold) outbox.Entry {
	return outbox.Task(holdQueue, fmt.Sprintf("%s/%d", h.OrderID, h.Round),
		rewardv1connect.RewardInternalServiceCheckHoldProcedure, &rewardv1.CheckHoldRequest{OrderId: h.OrderID}, *h.CheckAt)
}
