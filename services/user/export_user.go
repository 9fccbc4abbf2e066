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

// consentsPage is how many consents a page of an export holds: with the profile and the addresses at most 100 records.
const consentsPage = 50

// ExportUser answers profile and addresses, which are bounded, and then page by page the consents, which are not. A page
// token names the consent that a page ends with; only services see it.
func (s *userServer) ExportUser(ctx context.Context, req *userv1.ExportUserRequest) (*userv1.ExportUserResponse, error) {
	customer, res := req.GetCustomerId(), &userv1.ExportUserResponse{}
	if req.GetPageToken() == "" {
		if err := s.exportProfile(ctx, customer, res); err != nil {
			return nil, err
		}
	}
	consents, err := consent.After(ctx, s.db, customer, req.GetPageToken(), consentsPage)
	if err != nil {
		return nil, err
	}
	for _, c := range consents {
		data, err := json.Marshal(c)
		if err != nil {
			return nil, err
		}
		res.Records = append(res.Records, &typev1.UserRecord{Kind: "consent", Id: c.ID, Json: string(data)})
	}
	if len(consents) == consentsPage {
		res.NextPageToken = consents[consentsPage-1].ID
	}
	return res, nil
}

// exportProfile adds the profile and the addresses.
func (s *userServer) exportProfile(ctx context.Context, customer string, res *userv1.ExportUserResponse) error {
	p, err := profile.Of(ctx, s.db, customer)
	if err != nil {
		return err
	}
	book, err := address.Of(ctx, s.db, customer)
	if err != nil {
		return err
	}
	add := func(kind, id string, m proto.Message) error {
		data, err := protojson.Marshal(m)
		res.Records = append(res.Records, &typev1.UserRecord{Kind: kind, Id: id, Json: string(data)})
		return err
	}
	if err := add("profile", "", fromProfile(p)); err != nil {
		return err
	}
	for _, a := range book.Listed() {
		if err := add("address", a.ID, fromAddress(a)); err != nil {
			return err
		}
	}
	return nil
}
