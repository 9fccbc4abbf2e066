package main

import (
	"context"
	"errors"
	"net/http"

	"cloud.google.com/go/storage"
	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/issho-shop/issho/dev/declared"
)

// buckets makes those that are declared.
func buckets(ctx context.Context, project string, d *declared.Declared) error {
	c, err := storage.NewClient(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	for id := range d.Buckets {
		name := declared.BucketName(project, id)
		err := create(ctx, "bucket "+name, func(ctx context.Context) error {
			// Without repeats of its own, which would outlast our patience.
			return asStatus(c.Bucket(name).Retryer(storage.WithPolicy(storage.RetryNever)).Create(ctx, project, nil))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// asStatus says in gRPC's words what an answer over HTTP means; none at all is an emulator that is still starting.
func asStatus(err error) error {
	var refused *googleapi.Error
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &refused):
		return status.Error(codes.Unavailable, err.Error())
	case refused.Code == http.StatusConflict:
		return status.Error(codes.AlreadyExists, err.Error())
	}
	return err
}
