package provider

import (
	"context"

	"github.com/stripe/stripe-go/v86"
)

// Method is a saved card.
type Method struct {
	ID, Brand, Last4 string
	Month, Year      int64
	CustomerID       string // whose it is; empty when it is nobody's (any more)
}

// Setup is a SetupIntent: a card about to be saved.
type Setup struct {
	ID           string
	ClientSecret string // for the app; never stored or logged
}

// CreateCustomer makes a customer who has nothing but our user's id.
func (c *Client) CreateCustomer(ctx context.Context, key, userID string) (string, error) {
	cus, err := call(ctx, c, "create customer", func(ctx context.Context) (*stripe.Customer, error) {
		return c.stripe.V1Customers.Create(ctx, &stripe.CustomerCreateParams{
			Params: stripe.Params{IdempotencyKey: &key}, Metadata: map[string]string{userKey: userID},
		})
	})
	if err != nil {
		return "", err
	}
	if cus.ID == "" {
		return "", &Error{Kind: NoAnswer, Code: "garbage"}
	}
	return cus.ID, nil
}

// CreateSetup begins to save a card of a customer.
func (c *Client) CreateSetup(ctx context.Context, key, customerID string) (Setup, error) {
	return c.setup(ctx, "create setup", func(ctx context.Context) (*stripe.SetupIntent, error) {
		return c.stripe.V1SetupIntents.Create(ctx, &stripe.SetupIntentCreateParams{
			Params: stripe.Params{IdempotencyKey: &key}, Customer: &customerID,
			PaymentMethodTypes: []*string{stripe.String("card")},
		})
	})
}

// Setup reads one.
func (c *Client) Setup(ctx context.Context, id string) (Setup, error) {
	return c.setup(ctx, "read setup", func(ctx context.Context) (*stripe.SetupIntent, error) {
		return c.stripe.V1SetupIntents.Retrieve(ctx, id, nil)
	})
}

func (c *Client) setup(ctx context.Context, name string, send func(context.Context) (*stripe.SetupIntent, error)) (Setup, error) {
	si, err := call(ctx, c, name, send)
	if err != nil {
		return Setup{}, err
	}
	if si.ID == "" || si.ClientSecret == "" {
		return Setup{}, &Error{Kind: NoAnswer, Code: "garbage"}
	}
	return Setup{ID: si.ID, ClientSecret: si.ClientSecret}, nil
}

// Methods lists a customer's newest saved cards, at most limit.
func (c *Client) Methods(ctx context.Context, customerID string, limit int64) ([]Method, error) {
	page, err := call(ctx, c, "list methods", func(ctx context.Context) ([]*stripe.PaymentMethod, error) {
		params := &stripe.CustomerListPaymentMethodsParams{Customer: &customerID, Type: stripe.String("card")}
		params.Limit, params.Single = &limit, true
		list := c.stripe.V1Customers.ListPaymentMethods(ctx, params)
		return list.Data(), list.Err()
	})
	var all []Method
	for _, pm := range page {
		all = append(all, methodOf(pm))
	}
	return all, err
}

// Method reads one.
func (c *Client) Method(ctx context.Context, id string) (Method, error) {
	pm, err := call(ctx, c, "read method", func(ctx context.Context) (*stripe.PaymentMethod, error) {
		return c.stripe.V1PaymentMethods.Retrieve(ctx, id, nil)
	})
	if err != nil {
		return Method{}, err
	}
	return methodOf(pm), nil
}

// RemoveMethod takes a card away from its customer. It does not matter if that is done twice.
func (c *Client) RemoveMethod(ctx context.Context, id string) error {
	_, err := call(ctx, c, "remove method", func(ctx context.Context) (*stripe.PaymentMethod, error) {
		return c.stripe.V1PaymentMethods.Detach(ctx, id, nil)
	})
	return err
}

func methodOf(pm *stripe.PaymentMethod) Method {
	m := Method{ID: pm.ID}
	if pm.Card != nil {
		m.Brand, m.Last4, m.Month, m.Year = string(pm.Card.Brand), pm.Card.Last4, pm.Card.ExpMonth, pm.Card.ExpYear
	}
	if pm.Customer != nil {
		m.CustomerID = pm.Customer.ID
	}
	return m
}
