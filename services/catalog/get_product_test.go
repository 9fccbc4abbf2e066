package main

import (
	"net/http"
	"testing"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

func TestGetProduct(t *testing.T) {
	s := open(t)
	live, hidden := s.sell("r1"), s.sell("r2", draft)
	const absent = "prd_aaaaaaaaaaaaaaaaaaaaaaaaaa"
	tests := map[string]struct {
		who  *http.Client
		id   string
		want fault.Reason
	}{
		"anyone, live":             {http.DefaultClient, live.GetProductId(), ""},
		"guest, live":              {s.As(guest), live.GetProductId(), ""},
		"anyone, absent":           {http.DefaultClient, absent, fault.NotFound},
		"anyone, no id":            {http.DefaultClient, "prd_../x", fault.FieldInvalid},
		"anyone, draft":            {http.DefaultClient, hidden.GetProductId(), fault.NotFound},
		"customer, draft":          {s.As(hanako), hidden.GetProductId(), fault.NotFound},
		"another merchant, draft":  {s.As(denki), hidden.GetProductId(), fault.NotFound},
		"its merchant, draft":      {s.As(minori), hidden.GetProductId(), ""},
		"operator, draft":          {s.As(operator), hidden.GetProductId(), ""},
		"a service's token, draft": {s.AsService("order"), hidden.GetProductId(), fault.NotFound},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			res, err := s.public(test.who).GetProduct(s.ctx, &catalogv1.GetProductRequest{ProductId: test.id})
			refused(t, err, test.want)
			if err == nil && res.GetProduct().GetProductId() != test.id {
				t.Errorf("answered %s, want %s", res.GetProduct().GetProductId(), test.id)
			}
		})
	}
}
