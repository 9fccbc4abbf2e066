package main

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/internal/tidy"
	"github.com/issho-shop/issho/services/user/internal/address"
	"github.com/issho-shop/issho/services/user/internal/profile"
)

// What the caller may not set (owners, versions) is left out on the way in; the verb fills it.

func profileOf(m *userv1.Profile) profile.Profile {
	p := profile.Profile{DisplayName: tidy.Text(m.GetDisplayName()), Language: m.GetLanguage()}
	if n := m.GetNotices(); n != nil {
		p.Notices = &profile.Notices{
			OrderPush: n.GetOrderPush(), OrderEmail: n.GetOrderEmail(), MarketingPush: n.GetMarketingPush(), MarketingEmail: n.GetMarketingEmail(),
			QuietFrom: n.GetQuietFrom(), QuietUntil: n.GetQuietUntil(),
		}
	}
	return p
}

// fromProfile answers an empty profile, without etag and time and with the notices of one who never said, for one that was never set.
func fromProfile(p profile.Profile) *userv1.Profile {
	n := p.Wanted()
	m := &userv1.Profile{DisplayName: p.DisplayName, Language: p.Language, Etag: p.Etag(), Notices: &userv1.Notices{
		OrderPush: n.OrderPush, OrderEmail: n.OrderEmail, MarketingPush: n.MarketingPush, MarketingEmail: n.MarketingEmail,
		QuietFrom: n.QuietFrom, QuietUntil: n.QuietUntil,
	}}
	if p.Version > 0 {
		m.UpdateTime = timestamppb.New(p.UpdatedAt)
	}
	return m
}

func addressOf(m *userv1.Address) address.Address {
	a := m.GetAddress()
	return address.Address{
		ID: m.GetAddressId(), Default: m.GetDefault(),
		Name: tidy.Text(a.GetName()), PostalCode: a.GetPostalCode(), Prefecture: a.GetPrefecture(), City: tidy.Text(a.GetCity()),
		Line1: tidy.Text(a.GetLine1()), Line2: tidy.Text(a.GetLine2()), Phone: a.GetPhone(),
	}
}

func fromAddress(a address.Address) *userv1.Address {
	return &userv1.Address{AddressId: a.ID, Address: fromPostal(a), Default: a.Default, Etag: a.Etag()}
}

func fromPostal(a address.Address) *typev1.PostalAddress {
	return &typev1.PostalAddress{
		Name: a.Name, PostalCode: a.PostalCode, Prefecture: a.Prefecture, City: a.City,
		Line1: a.Line1, Line2: a.Line2, Phone: a.Phone,
	}
}
