package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/issho-shop/issho/internal/fault"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	"github.com/issho-shop/issho/internal/gen/issho/cart/v1/cartv1connect"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	"github.com/issho-shop/issho/internal/gen/issho/payment/v1/paymentv1connect"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/gen/issho/reward/v1/rewardv1connect"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
)

// services are the others that keep something of customers: each some records, in pages of two, which it forgets when told.
type services struct {
	mu      sync.Mutex
	records map[string]int          // of each service, "order" and so on
	size    int                     // of a record's JSON
	refuse  map[string]fault.Reason // instead of an answer
	calls   []string                // "export order hanako", "erase order hanako"
}

func newServices() *services {
	return &services{records: map[string]int{"order": 5, "payment": 2, "reward": 1, "cart": 1, "catalog": 0}, size: 20, refuse: map[string]fault.Reason{}}
}

func (s *services) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(cartv1connect.NewCartInternalServiceHandler(cartFake{services: s}))
	mux.Handle(catalogv1connect.NewCatalogInternalServiceHandler(catalogFake{services: s}))
	mux.Handle(orderv1connect.NewOrderInternalServiceHandler(orderFake{services: s}))
	mux.Handle(paymentv1connect.NewPaymentInternalServiceHandler(paymentFake{services: s}))
	mux.Handle(rewardv1connect.NewRewardInternalServiceHandler(rewardFake{services: s}))
	return mux
}

func (s *services) set(service string, why fault.Reason) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse[service] = why
}

// keep lets a service hold so many records of a customer.
func (s *services) keep(service string, records int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[service] = records
}

// called answers how often a service was called, by the beginning of what was asked.
func (s *services) called(prefix string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

func (s *services) export(service, customer, page string) ([]*typev1.UserRecord, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, "export "+service+" "+customer)
	if why := s.refuse[service]; why != "" {
		return nil, "", fault.New(why).Connect("en")
	}
	first, _ := strconv.Atoi(page)
	var out []*typev1.UserRecord
	for i := first; i < min(first+2, s.records[service]); i++ {
		out = append(out, &typev1.UserRecord{Kind: service, Id: fmt.Sprint(i), Json: fmt.Sprintf(`{"of": %q, "text": %q}`, customer, strings.Repeat("あ", s.size))})
	}
	if next := first + 2; next < s.records[service] {
		return out, fmt.Sprint(next), nil
	}
	return out, "", nil
}

func (s *services) erase(service, customer string) (int64, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, "erase "+service+" "+customer)
	if why := s.refuse[service]; why != "" {
		return 0, 0, fault.New(why).Connect("en")
	}
	n := s.records[service]
	s.records[service] = 0
	return int64(n), 1, nil
}

type cartFake struct {
	cartv1connect.UnimplementedCartInternalServiceHandler
	*services
}

func (f cartFake) ExportUser(_ context.Context, req *cartv1.ExportUserRequest) (*cartv1.ExportUserResponse, error) {
	records, next, err := f.export("cart", req.GetCustomerId(), req.GetPageToken())
	return &cartv1.ExportUserResponse{Records: records, NextPageToken: next}, err
}

func (f cartFake) EraseUser(_ context.Context, req *cartv1.EraseUserRequest) (*cartv1.EraseUserResponse, error) {
	erased, kept, err := f.erase("cart", req.GetCustomerId())
	return &cartv1.EraseUserResponse{Erased: erased, Kept: kept}, err
}

type catalogFake struct {
	catalogv1connect.UnimplementedCatalogInternalServiceHandler
	*services
}

func (f catalogFake) ExportUser(_ context.Context, req *catalogv1.ExportUserRequest) (*catalogv1.ExportUserResponse, error) {
	records, next, err := f.export("catalog", req.GetCustomerId(), req.GetPageToken())
	return &catalogv1.ExportUserResponse{Records: records, NextPageToken: next}, err
}

func (f catalogFake) EraseUser(_ context.Context, req *catalogv1.EraseUserRequest) (*catalogv1.EraseUserResponse, error) {
	erased, kept, err := f.erase("catalog", req.GetCustomerId())
	return &catalogv1.EraseUserResponse{Erased: erased, Kept: kept}, err
}

type orderFake struct {
	orderv1connect.UnimplementedOrderInternalServiceHandler
	*services
}

func (f orderFake) ExportUser(_ context.Context, req *orderv1.ExportUserRequest) (*orderv1.ExportUserResponse, error) {
	records, next, err := f.export("order", req.GetCustomerId(), req.GetPageToken())
	return &orderv1.ExportUserResponse{Records: records, NextPageToken: next}, err
}

func (f orderFake) EraseUser(_ context.Context, req *orderv1.EraseUserRequest) (*orderv1.EraseUserResponse, error) {
	erased, kept, err := f.erase("order", req.GetCustomerId())
	return &orderv1.EraseUserResponse{Erased: erased, Kept: kept}, err
}

type paymentFake struct {
	paymentv1connect.UnimplementedPaymentInternalServiceHandler
	*services
}

func (f paymentFake) ExportUser(_ context.Context, req *paymentv1.ExportUserRequest) (*paymentv1.ExportUserResponse, error) {
	records, next, err := f.export("payment", req.GetCustomerId(), req.GetPageToken())
	return &paymentv1.ExportUserResponse{Records: records, NextPageToken: next}, err
}

func (f paymentFake) EraseUser(_ context.Context, req *paymentv1.EraseUserRequest) (*paymentv1.EraseUserResponse, error) {
	erased, kept, err := f.erase("payment", req.GetCustomerId())
	return &paymentv1.EraseUserResponse{Erased: erased, Kept: kept}, err
}

type rewardFake struct {
	rewardv1connect.UnimplementedRewardInternalServiceHandler
	*services
}

func (f rewardFake) ExportUser(_ context.Context, req *rewardv1.ExportUserRequest) (*rewardv1.ExportUserResponse, error) {
	records, next, err := f.export("reward", req.GetCustomerId(), req.GetPageToken())
	return &rewardv1.ExportUserResponse{Records: records, NextPageToken: next}, err
}

func (f rewardFake) EraseUser(_ context.Context, req *rewardv1.EraseUserRequest) (*rewardv1.EraseUserResponse, error) {
	erased, kept, err := f.erase("reward", req.GetCustomerId())
	return &rewardv1.EraseUserResponse{Erased: erased, Kept: kept}, err
}
