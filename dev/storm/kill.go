package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/issho-shop/issho/e2e/shop"
)

// mortal are the services that --kill ends. They keep nothing that is not in a store; process-compose starts them again.
var mortal = []string{"order", "payment", "reward", "cart", "catalog", "user"}

const (
	killEvery = 3 * time.Second // between two, besides what a service takes to come back
	backIn    = time.Minute     // a service that takes longer fails the storm
)

// killing kills one service after the other until ctx ends, and leaves all of them up.
func (w *weather) killing(ctx context.Context, dice *rand.Rand) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(killEvery):
		}
		name := mortal[dice.IntN(len(mortal))]
		if err := w.kill(context.WithoutCancel(ctx), name); err != nil {
			return err
		}
	}
}

func (w *weather) kill(ctx context.Context, name string) error {
	dead, err := shop.Signal(ctx, name, syscall.SIGKILL)
	if err != nil {
		return err
	}
	w.killed.Store(&name)
	w.kills.Add(1)
	return shop.Until(ctx, backIn, func(ctx context.Context) error {
		p, err := shop.ProcessOf(ctx, name)
		if err == nil && (p.PID == dead.PID || !p.Up()) {
			err = fmt.Errorf("%s is not back: %+v", name, p)
		}
		return err
	})
}
