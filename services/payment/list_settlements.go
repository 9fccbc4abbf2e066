package main

import (
	"cmp"
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/services/payment/internal/settlement"
)

// ListSettlements answers the newest reports of payouts.
func (s *paymentServer) ListSettlements(ctx context.Context, req *paymentv1.ListSettlementsRequest) (*paymentv1.ListSettlementsResponse, error) {
	if err := s.auditRead(ctx, "", req.GetReason()); err != nil {
		return nil, err
	}
	rows, err := settlement.List(ctx, s.db.Single(), cmp.Or(int(req.GetPageSize()), 20))
	if err != nil {
		return nil, err
	}
	out := &paymentv1.ListSettlementsResponse{}
	for _, row := range rows {
		found, err := settlement.Differences(ctx, s.db.Single(), row.PayoutID)
		if err != nil {
			return nil, err
		}
		out.Settlements = append(out.Settlements, wireSettlement(row, found))
	}
	return out, nil
}

func wireSettlement(row settlement.Settlement, found []settlement.Difference) *paymentv1.Settlement {
	in := func(amount int64) *typev1.Money { return &typev1.Money{Amount: amount, Currency: row.Currency} }
	out := &paymentv1.Settlement{
		PayoutId: row.PayoutID, Amount: in(row.Amount), Fees: in(row.Fees), ArrivalTime: timestamppb.New(row.ArrivedAt),
		Movements: row.Movements, Matched: row.Matched, Done: row.DoneAt.Valid,
	}
	for _, d := range found {
		w := &paymentv1.SettlementDifference{Kind: d.Kind, JournalId: d.JournalID, Ours: in(d.Ours), Theirs: in(d.Theirs)}
		if d.Kind != settlement.MissingThere {
			w.MovementId = d.Subject
		}
		out.Differences = append(out.Differences, w)
	}
	return out
}
