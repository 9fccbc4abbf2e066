package shop

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
)

// Account is what a token says of somebody.
type Account struct {
	ID       string
	Guest    bool   // an anonymous account
	Merchant string // whose goods they keep
	Operator bool
}

// Person is somebody with a token, and what they have left with the shop.
type Person struct {
	Client
	Account
	Token   string
	Address string // one that they have stored; empty for none
	Card    string // a payment method that they have saved; empty for none
}

// Person logs somebody in.
func (s *Shop) Person(ctx context.Context, w Wire, a Account) (*Person, error) {
	q := url.Values{"user": {a.ID}}
	if a.Guest {
		q.Set("guest", "1")
	}
	if a.Merchant != "" {
		q.Set("merchant", a.Merchant)
	}
	if a.Operator {
		q.Set("operator", "1")
	}
	token, err := s.Token(ctx, q)
	if err != nil {
		return nil, err
	}
	return &Person{Client: s.Client(w, token), Account: a, Token: token}, nil
}

// Token asks the issuer for one; dev/issuer tells what q may say.
func (s *Shop) Token(ctx context.Context, q url.Values) (string, error) {
	token, err := s.fetch(ctx, http.MethodGet, s.Issuer+"/token?"+q.Encode(), nil)
	return strings.TrimSpace(string(token)), err
}

// Buyer is a new customer with an address and a saved card: a test card of the provider's, "pm_card_visa".
func (s *Shop) Buyer(ctx context.Context, w Wire, name, card string) (*Person, error) {
	p, err := s.Person(ctx, w, Account{ID: Unique(name)})
	if err != nil {
		return nil, err
	}
	if err := p.Settle(ctx); err != nil {
		return nil, err
	}
	return p, s.Save(ctx, p, card)
}

// Settle stores an address.
func (p *Person) Settle(ctx context.Context) error {
	res, err := p.User.CreateAddress(ctx, &userv1.CreateAddressRequest{
		RequestId: uuid.NewString(),
		Address: &userv1.Address{Address: &typev1.PostalAddress{
			Name: "試験 花子", PostalCode: "150-0001", Prefecture: "東京都", City: "渋谷区", Line1: "神宮前1-2-3", Phone: "03-1234-5678",
		}},
	})
	p.Address = res.GetAddress().GetAddressId()
	return err
}

// Save saves a card as an app does: with a set-up of the shop's, which the app completes at the provider.
func (s *Shop) Save(ctx context.Context, p *Person, card string) error {
	setup, err := p.Payment.CreateSetup(ctx, &paymentv1.CreateSetupRequest{RequestId: uuid.NewString()})
	if err != nil {
		return err
	}
	if err := s.confirm(ctx, "setup_intents", setup.GetClientSecret(), card); err != nil {
		return err
	}
	saved, err := p.Payment.ListMethods(ctx, &paymentv1.ListMethodsRequest{})
	if err != nil {
		return err
	}
	if len(saved.GetMethods()) == 0 {
		return fmt.Errorf("%s has saved %s and has no method", p.ID, card)
	}
	p.Card = saved.GetMethods()[0].GetMethodId()
	return nil
}

// Unique makes a name that nobody has used.
func Unique(name string) string { return name + "-" + hexadecimal(4) }

func hexadecimal(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// fetch asks one of the helpers beside the shop; body, when there is one, is sent as JSON.
func (s *Shop) fetch(ctx context.Context, method, at string, body any) ([]byte, error) {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		sent = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, at, sent)
	if err != nil {
		return nil, err
	}
	return s.do(req)
}

func (s *Shop) do(req *http.Request) ([]byte, error) {
	res, err := (&http.Client{Transport: s.h1}).Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s %s answers %s: %s", req.Method, req.URL.Path, res.Status, bytes.TrimSpace(body))
	}
	return body, err
}
