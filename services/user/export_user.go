package main

import (
	"context"
	"encoding/json"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/address"
	"github.com/issho-shop/issho/services/user/internal/consent"
	"github.com/issho-shop/issho/services/user/internal/profile"
)

// ExportUser answers profile, addresses and consents, on one page: they are bounded.
func (s *userServer) ExportUser(ctx context.Context, req *userv1.ExportUserRequest) (*userv1.ExportUserResponse, error) {
	customer := req.GetCustomerId()
	p, err := profile.Of(ctx, s.db, customer)
	if err != nil {
		return nil, err
	}
	book, err := address.Of(ctx, s.db, customer)
	if err != nil {
		return nil, err
	}
	consents, err := consent.Of(ctx, s.db, customer)
	if err != nil {
		return nil, err
	}
	res := &userv1.ExportUserResponse{}
	add := func(kind, id string, data []byte, err error) error {
		res.Records = append(res.Records, &typev1.UserRecord{Kind: kind, Id: id, Json: string(data)})
		return err
	}
	message := func(kind, id string, m proto.Message) error {
		data, err := protojson.Marshal(m)
		return add(kind, id, data, err)
	}
	if err := message("profile", "", fromProfile(p)); err != nil {
		return nil, err
	}
	for _, a := range book.Listed() {
		if err := message("address", a.ID, fromAddress(a)); err != nil {
			return nil, err
		}
	}
	for _, c := range consents {
		data, err := json.Marshal(c)
		if err := add("consent", c.ID, data, err); err != nil {
			return nil, err
		}
	}
	return res, nil
}
