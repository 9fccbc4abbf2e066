mock_provider "google" {}

variables {
  project        = "issho-test"
  project_number = "123456789012"
  cors_origins   = ["https://shop.example.com"]
}

run "doors" {
  command = plan

  assert {
    condition     = toset(keys(module.service)) == toset(keys(local.declared.services)) && alltrue([for s in module.service : s.ingress == "INGRESS_TRAFFIC_INTERNAL_ONLY"])
    error_message = "Every declared service runs, and none is reached from outside."
  }
  assert {
    condition     = module.gateway.ingress == "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" && module.gateway.invokers == ["allUsers"]
    error_message = "The gateway is reached through the load balancer, by everybody."
  }
  assert {
    condition     = !contains(flatten([for s in module.service : s.invokers]), "allUsers")
    error_message = "Nothing but the gateway is public."
  }
}

run "callers" {
  command = plan

  assert {
    condition = toset(module.service["payment"].invokers) == toset([
      for id in ["gateway", "order", "user", "pubsub", "tasks", "scheduler", "ops"] : "serviceAccount:issho-${id}@issho-test.iam.gserviceaccount.com"
    ])
    error_message = "payment is called by the gateway, order, user (export, erasure), events, tasks, the clock and operators."
  }
  assert {
    condition = toset(module.service["user"].invokers) == toset([
      for id in ["gateway", "order", "scheduler", "ops"] : "serviceAccount:issho-${id}@issho-test.iam.gserviceaccount.com"
    ])
    error_message = "user hears no events and has no tasks."
  }
}

run "billing" {
  command = plan

  assert {
    condition     = alltrue([for name, s in module.service : s.cpu_idle == !contains(["order", "payment", "reward", "search"], name)])
    error_message = "Those with loops keep their CPU; the others pay by request."
  }
}

run "environment" {
  command = plan

  assert {
    condition     = output.environment == { for name, names in yamldecode(file("environment.yaml")) : name => sort(names) }
    error_message = "environment.yaml lists what each program is given."
  }
  assert {
    condition     = local.environment["cart"].CATALOG_URL == "https://catalog-123456789012.asia-northeast1.run.app" && local.environment["cart"].SELF_URL == local.url["cart"]
    error_message = "Programs find each other by their deterministic URLs."
  }
  assert {
    condition     = toset(keys(google_cloud_run_v2_job.migrate)) == toset(["order", "payment", "reward"])
    error_message = "Who has tables has a migrator."
  }
}
