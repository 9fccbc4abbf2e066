package main

import (
	"net/http"
	"testing"

	"github.com/issho-shop/issho/internal/fault"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/gen/issho/reward/v1/rewardv1connect"
)

func TestGetBalance(t *testing.T) {
	w := start(t)
	w.wantBalance("nobody", balance{})
	w.fund("hanako")
	w.wantBalance("hanako", balance{Available: 100})
	stranger := rewardv1connect.NewRewardServiceClient(http.DefaultClient, w.base)
	_, err := stranger.GetBalance(t.Context(), &rewardv1.GetBalanceRequest{})
	wantReason(t, err, fault.TokenMissing)
}
