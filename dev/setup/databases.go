package main

import (
	"context"
	"fmt"

	database "cloud.google.com/go/spanner/admin/database/apiv1"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	instance "cloud.google.com/go/spanner/admin/instance/apiv1"
	"cloud.google.com/go/spanner/admin/instance/apiv1/instancepb"

	"github.com/issho-shop/issho/dev/declared"
)

// databases makes the instance and, empty, the database of each Spanner service.
func databases(ctx context.Context, project string, d *declared.Declared) error {
	instances, err := instance.NewInstanceAdminClient(ctx)
	if err != nil {
		return err
	}
	defer instances.Close()
	parent := "projects/" + project
	err = create(ctx, "instance issho", func(ctx context.Context) error {
		op, err := instances.CreateInstance(ctx, &instancepb.CreateInstanceRequest{
			Parent:     parent,
			InstanceId: "issho",
			Instance:   &instancepb.Instance{Config: parent + "/instanceConfigs/emulator-config", DisplayName: "Issho", NodeCount: 1},
		})
		if err != nil {
			return err
		}
		_, err = op.Wait(ctx)
		return err
	})
	if err != nil {
		return err
	}
	admin, err := database.NewDatabaseAdminClient(ctx)
	if err != nil {
		return err
	}
	defer admin.Close()
	for _, service := range d.Services {
		if service.Store != declared.Spanner {
			continue
		}
		if err := createDatabase(ctx, admin, parent+"/instances/issho", service.Database); err != nil {
			return err
		}
	}
	return nil
}

func createDatabase(ctx context.Context, admin *database.DatabaseAdminClient, parent, name string) error {
	return create(ctx, "database "+name, func(ctx context.Context) error {
		op, err := admin.CreateDatabase(ctx, &databasepb.CreateDatabaseRequest{
			Parent:          parent,
			CreateStatement: fmt.Sprintf("CREATE DATABASE `%s`", name),
		})
		if err != nil {
			return err
		}
		_, err = op.Wait(ctx)
		return err
	})
}
