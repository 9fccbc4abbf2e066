// Program user keeps what the shop knows of its customers: a profile, the addresses that parcels go to, and what they agreed
// to; and it has all services show or erase what they keep of one who asks for it.
//
// All of it is personal data: shown to its owner only, copied into an order only by the address that the owner chose, and
// never logged, traced or published. A customer's documents have one writer, their owner, whose own devices are kept apart
// by preconditions. Store: Firestore, database `user`:
//
//	profiles/{customer}   a profile
//	addresses/{customer}  all addresses of a customer, so that their number and the one default are decided in one write
//	consents/{customer}/records/{id}  what a customer agreed to, and when; only added to
//	jobs/{id}             exports and erasures, with the steps that are done
//	parts/{job}@{n}       what an export has gathered, for 7 days
//	audit/{job}@{n}       who moved a job, and how it then stood; only added to
//	requests/{…}          request ids, for 7 days
package main

import (
	"context"

	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/internal/gen/issho/user/v1/userv1connect"
	"github.com/issho-shop/issho/internal/server"
)

type config struct {
	server.Config
	FirestoreDatabase string `env:"FIRESTORE_DATABASE, required"`
	CartURL           string `env:"CART_URL, required"`
	CatalogURL        string `env:"CATALOG_URL, required"`
	OrderURL          string `env:"ORDER_URL, required"`
	PaymentURL        string `env:"PAYMENT_URL, required"`
	RewardURL         string `env:"REWARD_URL, required"`
}

func main() { server.Main("user", run) }

func run(ctx context.Context, s *server.Server, cfg config) error {
	db, err := firedb.Open(ctx, cfg.Project, cfg.FirestoreDatabase)
	if err != nil {
		return err
	}
	defer db.Close()
	srv := &userServer{db: db, clock: s.Clock()}
	srv.keepers = openKeepers(s, cfg, srv)

	s.RPC(userv1connect.NewUserServiceHandler(srv, s.Options()...))         // customers, through the gateway
	s.RPC(userv1connect.NewUserInternalServiceHandler(srv, s.Options()...)) // services, scheduler
	s.Ready("firestore", firedb.Ping(db))
	return s.Serve(ctx)
}
