package main

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	userv1 "github.com/issho-shop/issho/internal/gen/issho/user/v1"
	"github.com/issho-shop/issho/services/user/internal/address"
	"github.com/issho-shop/issho/services/user/internal/consent"
	"github.com/issho-shop/issho/services/user/internal/job"
	"github.com/issho-shop/issho/services/user/internal/profile"
)

// Verify checks, at one moment, that every document is its owner's alone, and that address books keep their promises.
// Findings name documents, never what they hold.
func (s *userServer) Verify(ctx context.Context, _ *userv1.VerifyRequest) (*userv1.VerifyResponse, error) {
	owned := &typev1.Finding{Invariant: "I18 isolation"}
	books := &typev1.Finding{Invariant: "address books"}
	stuck := &typev1.Finding{Invariant: "I8 nothing stuck"}
	owners := map[string]string{} // of each address
	err := firedb.Snapshot(ctx, s.db, func(tx *firestore.Transaction) error {
		if err := profile.Each(tx, s.db, func(name string, p profile.Profile) error {
			checkOwner(owned, "profiles", name, p.CustomerID)
			return nil
		}); err != nil {
			return err
		}
		if err := address.Each(tx, s.db, func(name string, b address.Book) error {
			checkOwner(owned, "addresses", name, b.CustomerID)
			checkBook(owned, books, owners, name, b)
			return nil
		}); err != nil {
			return err
		}
		if err := consent.Each(tx, s.db, func(owner string, r consent.Record) error {
			checkOwner(owned, "consents", owner, r.CustomerID)
			return nil
		}); err != nil {
			return err
		}
		return s.verifyJobs(tx, owned, stuck)
	})
	if err != nil {
		return nil, err
	}
	return &userv1.VerifyResponse{Findings: []*typev1.Finding{owned, books, stuck}}, nil
}

// verifyJobs holds that parts belong to their job's customer, and that no job that could go on has been left for long.
func (s *userServer) verifyJobs(tx *firestore.Transaction, owned, stuck *typev1.Finding) error {
	customers, now := map[string]string{}, s.now()
	err := job.Each(tx, s.db, func(name string, j job.Job) error {
		stuck.Checked++
		customers[name] = j.CustomerID
		if j.State != job.Done && now.Sub(j.NextAt) > 2*time.Hour {
			violation(stuck, "jobs/%s has waited for the sweep for %s", name, now.Sub(j.NextAt))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return job.EachPart(tx, s.db, func(name string, p job.Part) error {
		owned.Checked++
		if customers[p.JobID] != p.CustomerID {
			violation(owned, "parts/%s is another customer's than its job", name)
		}
		return nil
	})
}

func checkOwner(f *typev1.Finding, collection, name, customerID string) {
	f.Checked++
	if name != firedb.Key(customerID) {
		violation(f, "%s/%s is another customer's", collection, name)
	}
}

func checkBook(owned, books *typev1.Finding, owners map[string]string, name string, b address.Book) {
	books.Checked++
	if wrong := b.Wrong(); wrong != "" {
		violation(books, "addresses/%s: %s", name, wrong)
	}
	for _, a := range b.Addresses {
		owned.Checked++
		if other, twice := owners[a.ID]; twice {
			violation(owned, "address %s stands in addresses/%s and addresses/%s", a.ID, other, name)
		}
		owners[a.ID] = name
	}
}

// violation counts one and spells out the first twenty.
func violation(f *typev1.Finding, format string, args ...any) {
	f.ViolationCount++
	if len(f.Violations) < 20 {
		f.Violations = append(f.Violations, fmt.Sprintf(format, args...))
	}
}
