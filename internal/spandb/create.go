package spandb

import (
	"context"
	"fmt"
	"strings"

	admin "cloud.google.com/go/spanner/admin/database/apiv1"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	instances "cloud.google.com/go/spanner/admin/instance/apiv1"
	"cloud.google.com/go/spanner/admin/instance/apiv1/instancepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// create makes the emulator's instance and database where they are missing.
// Elsewhere both are Terraform's.
func create(ctx context.Context, database string) error {
	instance, name, ok := strings.Cut(database, "/databases/")
	project, id, ok2 := strings.Cut(instance, "/instances/")
	if !ok || !ok2 {
		return fmt.Errorf("want projects/P/instances/I/databases/D, got %q", database)
	}
	if err := createInstance(ctx, project, id); err != nil {
		return fmt.Errorf("create instance: %w", err)
	}
	client, err := admin.NewDatabaseAdminClient(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	op, err := client.CreateDatabase(ctx, &databasepb.CreateDatabaseRequest{Parent: instance, CreateStatement: "CREATE DATABASE `" + name + "`"})
	if err == nil {
		_, err = op.Wait(ctx)
	}
	return unlessExists(err)
}

func createInstance(ctx context.Context, project, id string) error {
	client, err := instances.NewInstanceAdminClient(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	op, err := client.CreateInstance(ctx, &instancepb.CreateInstanceRequest{
		Parent:     project,
		InstanceId: id,
		Instance:   &instancepb.Instance{Config: project + "/instanceConfigs/emulator-config", DisplayName: id, NodeCount: 1},
	})
	if err == nil {
		_, err = op.Wait(ctx)
	}
	return unlessExists(err)
}

func unlessExists(err error) error {
	if status.Code(err) == codes.AlreadyExists {
		return nil
	}
	return err
}
