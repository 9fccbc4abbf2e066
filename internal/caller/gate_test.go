package caller

import (
	"context"
	"net/http"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/issho-shop/issho/internal/fault"
	_ "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	_ "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	_ "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	policyv1 "github.com/issho-shop/issho/internal/gen/issho/policy/v1"
	_ "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	_ "github.com/issho-shop/issho/internal/gen/issho/user/v1"
)

const (
	public   = policyv1.Caller_CALLER_PUBLIC
	customer = policyv1.Caller_CALLER_CUSTOMER
	merchant = policyv1.Caller_CALLER_MERCHANT
	operator = policyv1.Caller_CALLER_OPERATOR
	services = policyv1.Caller_CALLER_SERVICE
)

// methodWith builds the descriptor of a method with a policy, nil for none.
func methodWith(t *testing.T, policy *policyv1.Policy, requestFields ...string) protoreflect.MethodDescriptor {
	t.Helper()
	options := &descriptorpb.MethodOptions{}
	if policy != nil {
		proto.SetExtension(options, policyv1.E_Policy, policy)
	}
	request := &descriptorpb.DescriptorProto{Name: proto.String("Request")}
	for i, name := range requestFields {
		request.Field = append(request.Field, &descriptorpb.FieldDescriptorProto{
			Name: proto.String(name), Number: proto.Int32(int32(i) + 1), Type: descriptorpb.FieldDescriptorProto_TYPE_STRING.Enum(),
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		})
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: proto.String("t.proto"), Package: proto.String("t"), Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{request},
		Service: []*descriptorpb.ServiceDescriptorProto{{
			Name:   proto.String("Service"),
			Method: []*descriptorpb.MethodDescriptorProto{{Name: proto.String("Do"), InputType: proto.String(".t.Request"), OutputType: proto.String(".t.Request"), Options: options}},
		}},
	}, protoregistry.GlobalFiles)
	if err != nil {
		t.Fatal(err)
	}
	return file.Services().Get(0).Methods().Get(0)
}

func TestGate(t *testing.T) {
	t.Parallel()
	key := newKey(t, "k1")
	v := newVerifier(t, newTestIssuer(t, key).config())
	tokens := map[string]string{
		"":         "",
		"customer": user(nil).signed(t, key),
		"guest":    user(claims{"firebase": map[string]any{"sign_in_provider": "anonymous"}}).signed(t, key),
		"merchant": user(claims{"merchant_id": "m_1"}).signed(t, key),
		"operator": user(claims{"operator": true}).signed(t, key),
		"expired":  user(claims{"exp": ago(time.Hour)}).signed(t, key),
		"tasks":    service("tasks", nil).signed(t, key),
		"gateway":  service("gateway", nil).signed(t, key),
		"order":    service("order", nil).signed(t, key),
		"forged":   service("order", nil).signed(t, newKey(t, "k2")),
	}
	forTasks := &policyv1.Policy{Callers: []policyv1.Caller{services}, Services: []string{"tasks", "order"}}
	forMembers := &policyv1.Policy{Callers: []policyv1.Caller{customer}, NoGuests: true}
	for_ := func(kinds ...policyv1.Caller) *policyv1.Policy { return &policyv1.Policy{Callers: kinds} }
	const ok fault.Reason = ""
	cases := []struct {
		name              string
		policy            *policyv1.Policy
		user, serviceless string // in Authorization, in X-Serverless-Authorization
		want              fault.Reason
		kind              string
	}{
		{"public without a token", for_(public), "", "", ok, "public"},
		{"public with a token", for_(public), "customer", "", ok, "customer"},
		{"public with an expired one", for_(public), "expired", "", fault.TokenExpired, ""},
		{"public through the gateway", for_(public), "", "gateway", ok, "service"},
		{"public with a forged service", for_(public), "", "forged", fault.TokenInvalid, ""},
		{"customer", for_(customer), "customer", "", ok, "customer"},
		{"customer through the gateway", for_(customer), "customer", "gateway", ok, "customer"},
		{"customer with a forged gateway", for_(customer), "customer", "forged", fault.TokenInvalid, ""},
		{"guest as customer", for_(customer), "guest", "", ok, "guest"},
		{"guest where none may", forMembers, "guest", "", fault.CallerNotAllowed, ""},
		{"member where no guest may", forMembers, "customer", "", ok, "customer"},
		{"nobody as customer", for_(customer), "", "", fault.TokenMissing, ""},
		{"nobody through the gateway", for_(customer), "", "gateway", fault.TokenMissing, ""},
		{"a service as customer", for_(customer), "", "order", fault.CallerNotAllowed, ""},
		{"two tokens of services", for_(customer), "order", "gateway", fault.TokenInvalid, ""},
		{"a user's token as service", for_(customer), "", "customer", fault.TokenInvalid, ""},
		{"customer as merchant", for_(merchant), "customer", "", fault.CallerNotAllowed, ""},
		{"merchant", for_(merchant), "merchant", "", ok, "merchant"},
		{"merchant as operator", for_(operator), "merchant", "", fault.CallerNotAllowed, ""},
		{"operator", for_(operator), "operator", "", ok, "operator"},
		{"operator or merchant", for_(merchant, operator), "merchant", "", ok, "merchant"},
		{"task", forTasks, "tasks", "", ok, "service"},
		{"task in the other header", forTasks, "", "tasks", ok, "service"},
		{"service for a user", forTasks, "customer", "order", ok, "customer"},
		{"gateway is no service", forTasks, "customer", "gateway", fault.CallerNotAllowed, ""},
		{"customer as service", forTasks, "operator", "", fault.CallerNotAllowed, ""},
		{"nobody as service", forTasks, "", "", fault.TokenMissing, ""},
		{"no policy", nil, "operator", "order", fault.CallerNotAllowed, ""},
		{"policy for nobody", for_(), "operator", "", fault.CallerNotAllowed, ""},
		{"unspecified caller", for_(policyv1.Caller_CALLER_UNSPECIFIED), "operator", "", fault.CallerNotAllowed, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{}
			for name, who := range map[string]string{authorization: c.user, serverless: c.serviceless} {
				if who != "" {
					header.Set(name, "bearer "+tokens[who])
				}
			}
			spec := connect.Spec{Procedure: "/t.Service/Do", Schema: methodWith(t, c.policy)}
			ctx, err := v.Gate(t.Context(), spec, connect.Peer{}, header)
			if fault.ReasonOf(err) != c.want {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if err != nil {
				return
			}
			if got := From(ctx); got.Kind() != c.kind || got.Method != spec.Procedure {
				t.Errorf("got %+v, a %s", got, got.Kind())
			}
		})
	}
}

func TestGateReadsHeadersStrictly(t *testing.T) {
	t.Parallel()
	key := newKey(t, "k1")
	v := newVerifier(t, newTestIssuer(t, key).config())
	token := user(nil).signed(t, key)
	spec := connect.Spec{Procedure: "/t.Service/Do", Schema: methodWith(t, &policyv1.Policy{Callers: []policyv1.Caller{public}})}
	for name, values := range map[string][]string{
		"twice": {"Bearer " + token, "Bearer " + token}, "basic": {"Basic " + token}, "bare": {token}, "empty": {"Bearer "},
	} {
		_, err := v.Gate(t.Context(), spec, connect.Peer{}, http.Header{authorization: values})
		if fault.ReasonOf(err) != fault.TokenInvalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := v.Gate(t.Context(), connect.Spec{Procedure: "/t.Service/Do"}, connect.Peer{}, nil); fault.ReasonOf(err) != fault.CallerNotAllowed {
		t.Errorf("without a schema: got %v", err)
	}
}

func TestActor(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]Caller{
		"user/u_1": {UserID: "u_1", Service: "order"}, "service/tasks": {Service: "tasks"}, "public": {},
	} {
		if got := From(With(context.Background(), c)).Actor(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		method protoreflect.MethodDescriptor
		boots  bool
	}{
		"policy":                  {methodWith(t, &policyv1.Policy{Callers: []policyv1.Caller{public}}), true},
		"no policy":               {methodWith(t, nil), false},
		"nobody":                  {methodWith(t, &policyv1.Policy{}), false},
		"unspecified":             {methodWith(t, &policyv1.Policy{Callers: []policyv1.Caller{0}}), false},
		"services unnamed":        {methodWith(t, &policyv1.Policy{Callers: []policyv1.Caller{services}}), false},
		"services not admitted":   {methodWith(t, &policyv1.Policy{Callers: []policyv1.Caller{public}, Services: []string{"order"}}), false},
		"request id":              {methodWith(t, &policyv1.Policy{Callers: []policyv1.Caller{customer}, RequestId: true}, "request_id"), true},
		"request id has no field": {methodWith(t, &policyv1.Policy{Callers: []policyv1.Caller{customer}, RequestId: true}, "id"), false},
	}
	for name, c := range cases {
		if err := Check(c.method.Parent().(protoreflect.ServiceDescriptor)); (err == nil) != c.boots {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestEveryContractBoots(t *testing.T) {
	t.Parallel()
	var checked int
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			checked++
			if err := Check(file.Services().Get(i)); err != nil {
				t.Error(err)
			}
		}
		return true
	})
	if checked < 12 {
		t.Errorf("checked only %d services", checked)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	demands := orderv1.File_issho_order_v1_order_proto.Services().ByName("OrderService").Methods()
	cases := map[string]struct {
		method  protoreflect.Name
		message any
		want    fault.Reason
		id      string
	}{
		"there":   {"Checkout", &orderv1.CheckoutRequest{RequestId: "r_1"}, "", "r_1"},
		"missing": {"Checkout", &orderv1.CheckoutRequest{}, fault.RequestIDMissing, ""},
		"unasked": {"GetOrder", &orderv1.GetOrderRequest{}, "", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got Caller
			next := func(ctx context.Context, _ connect.AnyRequest) (connect.AnyResponse, error) {
				got = From(ctx)
				return nil, nil
			}
			req := request{message: c.message, spec: connect.Spec{Schema: demands.ByName(c.method)}}
			_, err := RequestID().WrapUnary(next)(With(t.Context(), Caller{UserID: "u_1"}), req)
			if fault.ReasonOf(err) != c.want {
				t.Fatalf("got %v", err)
			}
			if err == nil {
				if diff := cmp.Diff(Caller{UserID: "u_1", RequestID: c.id}, got); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// request is what an interceptor looks at.
type request struct {
	connect.AnyRequest
	message any
	spec    connect.Spec
}

func (r request) Any() any           { return r.message }
func (r request) Spec() connect.Spec { return r.spec }
