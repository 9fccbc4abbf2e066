package main

// token says what Envoy demands before a request reaches a service. It refuses
// bad tokens early; who may call which method is the policy in the proto,
// held by the service itself.
type token string

const (
	required token = "required" // a customer's valid token
	optional token = "optional" // none, or a valid one: the service has PUBLIC methods
)

// route opens one proto service to the outside.
type route struct {
	Proto   string // full name of the proto service
	Service string // the program that serves it: its URL comes from <SERVICE>_URL
	Token   token
}

// routes is all that the world can call, besides POST /webhooks/stripe. Opening
// a service is a line here and nothing else; a test compares the list with the
// contracts.
var routes = []route{
	{"issho.catalog.v1.CatalogService", "catalog", optional},
	{"issho.catalog.v1.CatalogAdminService", "catalog", required},
	{"issho.search.v1.SearchService", "search", optional},
	{"issho.cart.v1.CartService", "cart", required},
	{"issho.order.v1.OrderService", "order", optional}, // an invite is read before logging in
	{"issho.order.v1.OrderAdminService", "order", required},
	{"issho.payment.v1.PaymentService", "payment", required},
	{"issho.payment.v1.PaymentAdminService", "payment", required},
	{"issho.reward.v1.RewardService", "reward", required},
	{"issho.reward.v1.RewardAdminService", "reward", required},
	{"issho.user.v1.UserService", "user", required},
}

// strippedPrefixes and strippedHeaders are removed from every request that comes
// from outside, before anything else looks at it: a service may believe them.
var (
	strippedPrefixes = []string{
		"x-user-", "x-goog-", "x-cloudtasks-", "x-cloudscheduler", "x-appengine-", "x-envoy-", "x-internal-",
		"ce-", // CloudEvents come from Pub/Sub alone
	}
	strippedHeaders = []string{
		"x-serverless-authorization", "x-jwt-payload", "x-client-ip", "x-original-url", "x-rewrite-url", "metadata-flavor",
	}
)

// programs are the services that routes name, each once, in their order.
func programs(routes []route) []string {
	var names []string
	seen := map[string]bool{}
	for _, r := range routes {
		if !seen[r.Service] {
			seen[r.Service] = true
			names = append(names, r.Service)
		}
	}
	return names
}
