package caller

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/issho-shop/issho/internal/fault"
	policyv1 "github.com/issho-shop/issho/internal/gen/issho/policy/v1"
)

const requestID protoreflect.Name = "request_id"

// Check reports every method of a service whose policy is missing or says nothing that could be held.
func Check(service protoreflect.ServiceDescriptor) error {
	var errs []error
	for i := range service.Methods().Len() {
		method := service.Methods().Get(i)
		if err := checkMethod(method); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", method.FullName(), err))
		}
	}
	return errors.Join(errs...)
}

func checkMethod(method protoreflect.MethodDescriptor) error {
	policy := policyIn(method)
	named := len(policy.GetServices()) > 0
	switch {
	case policy == nil:
		return errors.New("has no policy")
	case len(policy.GetCallers()) == 0 || slices.Contains(policy.GetCallers(), policyv1.Caller_CALLER_UNSPECIFIED):
		return errors.New("its policy names no callers")
	case named != slices.Contains(policy.GetCallers(), policyv1.Caller_CALLER_SERVICE):
		return errors.New("its policy must name services exactly where it admits them")
	case policy.GetRequestId() && (method.Input().Fields().ByName(requestID) == nil || method.IsStreamingClient()):
		return errors.New("its policy demands a request_id, which its request does not have")
	}
	return nil
}

func policyIn(method protoreflect.MethodDescriptor) *policyv1.Policy {
	if !proto.HasExtension(method.Options(), policyv1.E_Policy) {
		return nil
	}
	policy, _ := proto.GetExtension(method.Options(), policyv1.E_Policy).(*policyv1.Policy)
	return policy
}

func policyOf(spec connect.Spec) (*policyv1.Policy, error) {
	method, ok := spec.Schema.(protoreflect.MethodDescriptor)
	if !ok {
		return nil, fmt.Errorf("%s has no descriptor", spec.Procedure)
	}
	policy := policyIn(method)
	if policy == nil {
		return nil, fmt.Errorf("%s has no policy", spec.Procedure)
	}
	return policy, nil
}

// admit refuses a caller of none of the kinds that a policy admits.
func admit(policy *policyv1.Policy, who Caller) error {
	for _, kind := range policy.GetCallers() {
		if admits(policy, kind, who) {
			return nil
		}
	}
	// The gateway calls for its users; alone, it is a user without a token.
	if who.UserID == "" && (who.Service == "" || who.Service == "gateway") {
		return fault.New(fault.TokenMissing)
	}
	return fault.New(fault.CallerNotAllowed)
}

func admits(policy *policyv1.Policy, kind policyv1.Caller, who Caller) bool {
	switch kind {
	case policyv1.Caller_CALLER_PUBLIC:
		return true
	case policyv1.Caller_CALLER_CUSTOMER:
		return who.UserID != "" && (!who.Guest || !policy.GetNoGuests())
	case policyv1.Caller_CALLER_MERCHANT:
		return who.MerchantID != ""
	case policyv1.Caller_CALLER_OPERATOR:
		return who.Operator
	case policyv1.Caller_CALLER_SERVICE:
		return slices.Contains(policy.GetServices(), who.Service)
	}
	return false
}

// RequestID refuses a request without the request_id that its policy demands, and puts it into the Caller.
func RequestID() connect.Interceptor {
	return connect.UnaryInterceptorFunc(func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
			policy, err := policyOf(req.Spec())
			if err != nil || !policy.GetRequestId() {
				return next(ctx, req)
			}
			who := From(ctx)
			if who.RequestID = requestIDOf(req.Any()); who.RequestID == "" {
				return nil, fault.New(fault.RequestIDMissing)
			}
			return next(With(ctx, who), req)
		}
	})
}

func requestIDOf(message any) string {
	m, ok := message.(proto.Message)
	if !ok {
		return ""
	}
	field := m.ProtoReflect().Descriptor().Fields().ByName(requestID)
	if field == nil || field.Kind() != protoreflect.StringKind {
		return ""
	}
	return m.ProtoReflect().Get(field).String()
}
