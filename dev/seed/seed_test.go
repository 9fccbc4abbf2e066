package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
	rewardv1 "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	"github.com/issho-shop/issho/internal/gen/issho/reward/v1/rewardv1connect"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/internal/gen/issho/user/v1/userv1connect"
	"github.com/issho-shop/issho/internal/id"
)

// street is a shop that takes everything and remembers what it was asked, and by whom.
type street struct {
	catalogv1connect.UnimplementedCatalogAdminServiceHandler
	orderv1connect.UnimplementedOrderAdminServiceHandler
	rewardv1connect.UnimplementedRewardAdminServiceHandler
	userv1connect.UnimplementedUserServiceHandler

	mu    sync.Mutex
	asked []string
	base  string
	busy  int // answers still to be refused with "try again"
}

// open serves the street and an issuer whose tokens are the query that asked for them.
func (s *street) open(t *testing.T) string {
	mux := http.NewServeMux()
	mux.Handle(catalogv1connect.NewCatalogAdminServiceHandler(s, connect.WithInterceptors(s)))
	mux.Handle(orderv1connect.NewOrderAdminServiceHandler(s, connect.WithInterceptors(s)))
	mux.Handle(rewardv1connect.NewRewardAdminServiceHandler(s, connect.WithInterceptors(s)))
	mux.Handle(userv1connect.NewUserServiceHandler(s, connect.WithInterceptors(s)))
	mux.HandleFunc("PUT /pictures", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /token", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.RawQuery) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	s.base = server.URL
	return server.URL
}

func (s *street) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		s.mu.Lock()
		busy := s.busy > 0
		if busy {
			s.busy--
		} else {
			s.asked = append(s.asked, fmt.Sprint(req.Header().Get("Authorization"), " ", req.Spec().Procedure, " ", spelt(req.Any())))
		}
		s.mu.Unlock()
		if busy {
			return nil, connect.NewError(connect.CodeUnavailable, errors.New("busy"))
		}
		return next(ctx, req)
	}
}

func (s *street) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

func (s *street) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

// spelt is a message in bytes that are the same each time.
func spelt(m any) string {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m.(proto.Message))
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%q", b)
}

func (s *street) PutCategory(_ context.Context, r *catalogv1.PutCategoryRequest) (*catalogv1.PutCategoryResponse, error) {
	return &catalogv1.PutCategoryResponse{Category: r.GetCategory()}, nil
}

func (s *street) CreateProduct(_ context.Context, r *catalogv1.CreateProductRequest) (*catalogv1.CreateProductResponse, error) {
	p := proto.CloneOf(r.GetProduct())
	p.ProductId, p.MerchantId = id.Derive("prd", r.GetRequestId()), "m"
	for i, v := range p.GetVariants() {
		v.Sku = id.Derive("sku", r.GetRequestId(), fmt.Sprint(i))
	}
	return &catalogv1.CreateProductResponse{Product: p}, nil
}

func (s *street) CreateUpload(_ context.Context, r *catalogv1.CreateUploadRequest) (*catalogv1.CreateUploadResponse, error) {
	return &catalogv1.CreateUploadResponse{MediaId: id.Derive("med", r.GetRequestId()), Url: s.base + "/pictures"}, nil
}

func (s *street) CreateCampaign(_ context.Context, r *catalogv1.CreateCampaignRequest) (*catalogv1.CreateCampaignResponse, error) {
	c := proto.CloneOf(r.GetCampaign())
	c.CampaignId = id.Derive("cmp", r.GetRequestId())
	return &catalogv1.CreateCampaignResponse{Campaign: c}, nil
}

func (s *street) SetStock(context.Context, *orderv1.SetStockRequest) (*orderv1.SetStockResponse, error) {
	return &orderv1.SetStockResponse{}, nil
}

func (s *street) PutProgramme(context.Context, *rewardv1.PutProgrammeRequest) (*rewardv1.PutProgrammeResponse, error) {
	return &rewardv1.PutProgrammeResponse{}, nil
}

func (s *street) GetProfile(context.Context, *userv1.GetProfileRequest) (*userv1.GetProfileResponse, error) {
	return &userv1.GetProfileResponse{}, nil
}

func (s *street) UpdateProfile(context.Context, *userv1.UpdateProfileRequest) (*userv1.UpdateProfileResponse, error) {
	return &userv1.UpdateProfileResponse{}, nil
}

func (s *street) CreateAddress(context.Context, *userv1.CreateAddressRequest) (*userv1.CreateAddressResponse, error) {
	return &userv1.CreateAddressResponse{}, nil
}

// run seeds the street and answers what it was asked, sorted.
func (s *street) run(t *testing.T, base string) []string {
	t.Helper()
	data, err := load(shopYAML)
	if err != nil {
		t.Fatal(err)
	}
	s.asked = nil
	if err := (&seeder{shop: data, as: tokens(base), base: base, print: io.Discard}).seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	slices.Sort(s.asked)
	return s.asked
}

// Services answer a repeated request with what it made before: so a second run changes nothing if it asks the same.
func TestSecondRunAsksTheSame(t *testing.T) {
	var s street
	base := s.open(t)
	first := s.run(t, base)
	second := s.run(t, base)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the second run asks for something else (-first +second):\n%s", diff)
	}
}

func TestBusyShopIsAskedAgain(t *testing.T) {
	var s street
	base := s.open(t)
	want := s.run(t, base)
	s.busy = 5
	if diff := cmp.Diff(want, s.run(t, base)); diff != "" {
		t.Errorf("a shop that was busy is seeded otherwise (-want +got):\n%s", diff)
	}
}
