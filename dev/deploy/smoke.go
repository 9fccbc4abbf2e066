package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"

	"github.com/issho-shop/issho/internal/caller"
)

// question is a request of the smoke story and what it must be answered. Questions change nothing, so that they can be
// put to a shop in business.
type question struct {
	path   string
	body   string // JSON of a Connect call; empty: a GET
	status int
	reason string // of a refusal; "any" for whichever is registered
}

// stories are the questions put to each program beside its readiness, which asks its stores: something that it reads, and
// something that it must refuse.
var stories = map[string][]question{
	"catalog": {
		{"/issho.catalog.v1.CatalogService/ListCampaigns", `{"page_size":1}`, 200, ""},
		{"/issho.catalog.v1.CatalogService/ListCategories", `{}`, 200, ""},
		refusesStrangers("/issho.catalog.v1.CatalogAdminService/PutCategory"),
	},
	"cart":    {refusesStrangers("/issho.cart.v1.CartService/GetCart")},
	"order":   {refusesStrangers("/issho.order.v1.OrderService/ListOrders"), refusesStrangers("/issho.order.v1.OrderAdminService/GetStock")},
	"payment": {refusesStrangers("/issho.payment.v1.PaymentService/ListMethods")},
	"reward":  {refusesStrangers("/issho.reward.v1.RewardService/GetBalance")},
	"search":  {{"/issho.search.v1.SearchService/Search", `{"query":"りんご"}`, 200, ""}, refusesStrangers("/issho.search.v1.SearchInternalService/TakeSnapshot")},
	"user":    {refusesStrangers("/issho.user.v1.UserService/GetProfile")},
	"gateway": {
		{"/issho.catalog.v1.CatalogService/ListCampaigns", `{"page_size":1}`, 200, ""},
		refusesStrangers("/issho.order.v1.OrderService/ListOrders"),
		{"/issho.order.v1.OrderInternalService/Verify", `{}`, 404, "NOT_FOUND"},
	},
}

// refusesStrangers: a call without a customer's token must not get in, whoever carries it.
func refusesStrangers(path string) question {
	return question{path, `{}`, refused, "any"}
}

// refused stands for both ways to say no.
const refused = -1

// ready is where a program says whether it can serve.
func ready(program string) string {
	if program == "gateway" {
		return "/health/live"
	}
	return "/health/ready"
}

// smoke plays the story of program at base, and answers everything that is not as it must be.
func smoke(ctx context.Context, client *http.Client, program, base string) error {
	questions := slices.Concat([]question{{ready(program), "", 200, ""}}, stories[program])
	var wrong []error
	for _, q := range questions {
		if err := q.insist(ctx, client, base); err != nil {
			wrong = append(wrong, err)
		}
	}
	return errors.Join(wrong...)
}

// insist puts a question up to three times: an instance that has just come up may find its store slow once.
func (q question) insist(ctx context.Context, client *http.Client, base string) (err error) {
	for range 3 {
		if err = q.put(ctx, client, base); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Second):
		}
	}
	return err
}

func (q question) put(ctx context.Context, client *http.Client, base string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	method := http.MethodPost
	if q.body == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, base+q.path, strings.NewReader(q.body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Connect-Protocol-Version", "1")
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	return q.judge(res.StatusCode, reasonOf(body))
}

func (q question) judge(status int, reason string) error {
	switch {
	case q.status == refused && (status == http.StatusUnauthorized || status == http.StatusForbidden) && reason != "":
		return nil
	case q.status == refused:
		return fmt.Errorf("%s answered %s to a stranger", q.path, answer(status, reason))
	case status != q.status || (q.reason != "" && reason != q.reason):
		return fmt.Errorf("%s answered %s, want %s", q.path, answer(status, reason), answer(q.status, q.reason))
	}
	return nil
}

func answer(status int, reason string) string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, reason))
}

// reasonOf reads the reason of a refusal in Connect's JSON, as a service and the gateway tell it.
func reasonOf(body []byte) string {
	var refusal struct {
		Details []struct{ Type, Value string }
	}
	if json.Unmarshal(body, &refusal) != nil {
		return ""
	}
	for _, d := range refusal.Details {
		var info errdetails.ErrorInfo
		value, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(d.Value, "="))
		if d.Type == string(info.ProtoReflect().Descriptor().FullName()) && err == nil && proto.Unmarshal(value, &info) == nil {
			return info.GetReason()
		}
	}
	return ""
}

// asOps is a client that carries the token of the account that this process runs as, for audience.
func asOps(audience string) *http.Client {
	identity := os.Getenv("IDENTITY_URL")
	if identity == "" {
		identity = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity"
	}
	return &http.Client{Transport: caller.NewTokens(identity).Transport(audience, http.DefaultTransport)}
}

type smokeCommand struct {
	Program  string `arg:""`
	URL      string `arg:"" help:"Where to ask: of a service, or of one revision of it."`
	Audience string `help:"For whom the token is; the address itself where it is not given."`
}

func (s *smokeCommand) Run(ctx context.Context) error {
	if s.Audience == "" {
		s.Audience = s.URL
	}
	if err := smoke(ctx, asOps(s.Audience), s.Program, s.URL); err != nil {
		return err
	}
	fmt.Printf("%s: the smoke story holds\n", s.Program)
	return nil
}
