package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	_ "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	_ "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	_ "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	policyv1 "github.com/issho-shop/issho/internal/gen/issho/policy/v1"
	_ "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	_ "github.com/issho-shop/issho/internal/gen/issho/search/v1"
	_ "github.com/issho-shop/issho/internal/gen/issho/user/v1"
)

// contracts answers every proto service of ours that is linked in.
func contracts() []protoreflect.ServiceDescriptor {
	var found []protoreflect.ServiceDescriptor
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			if s := f.Services().Get(i); strings.HasPrefix(string(s.FullName()), "issho.") {
				found = append(found, s)
			}
		}
		return true
	})
	return found
}

// admits says whether a method of the service admits the caller.
func admits(s protoreflect.ServiceDescriptor, caller policyv1.Caller) bool {
	for i := range s.Methods().Len() {
		policy := proto.GetExtension(s.Methods().Get(i).Options(), policyv1.E_Policy).(*policyv1.Policy)
		for _, c := range policy.GetCallers() {
			if c == caller {
				return true
			}
		}
	}
	return false
}

func TestRoutesAreTheContractsForOutsiders(t *testing.T) {
	t.Parallel()
	var want []route
	for _, s := range contracts() {
		name := string(s.FullName())
		if strings.HasSuffix(name, "InternalService") {
			continue
		}
		r := route{Proto: name, Service: strings.Split(name, ".")[1], Token: required}
		if admits(s, policyv1.Caller_CALLER_PUBLIC) {
			r.Token = optional
		}
		want = append(want, r)
	}
	if len(want) < 9 {
		t.Fatalf("found %d services in the contracts, want 9 or more", len(want))
	}
	byName := cmpopts.SortSlices(func(a, b route) bool { return a.Proto < b.Proto })
	if diff := cmp.Diff(want, routes, byName); diff != "" {
		t.Errorf("routes (-contracts +routes.go):\n%s", diff)
	}
}

// A method for services must not hide in a service that has a route.
func TestNoRouteServesServices(t *testing.T) {
	t.Parallel()
	routed := map[string]bool{}
	for _, r := range routes {
		routed[r.Proto] = true
	}
	for _, s := range contracts() {
		if routed[string(s.FullName())] && admits(s, policyv1.Caller_CALLER_SERVICE) {
			t.Errorf("%s has a route and a method for services: move that method to the InternalService", s.FullName())
		}
	}
}
