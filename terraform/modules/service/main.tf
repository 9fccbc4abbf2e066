# One program on Cloud Run. Terraform owns how it is configured; its image and the traffic between its revisions are the
# deploy's, so a change here makes a revision that nobody reaches before the next deploy has walked it through the canary.

locals {
  mebibytes = endswith(var.memory, "Gi") ? 1024 * tonumber(trimsuffix(var.memory, "Gi")) : tonumber(trimsuffix(var.memory, "Mi"))
}

resource "google_cloud_run_v2_service" "main" {
  name                 = var.name
  location             = var.location
  ingress              = var.public ? "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" : "INGRESS_TRAFFIC_INTERNAL_ONLY"
  invoker_iam_disabled = false
  deletion_protection  = var.deletion_protection

  template {
    service_account                  = var.account
    max_instance_request_concurrency = var.concurrency
    timeout                          = "60s"
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"

    scaling {
      min_instance_count = var.min_instances
      max_instance_count = var.max_instances
    }

    vpc_access {
      egress = "ALL_TRAFFIC"
      network_interfaces {
        subnetwork = var.subnetwork
      }
    }

    containers {
      image = var.first_image

      ports {
        name           = "h2c"
        container_port = 8080
      }

      resources {
        limits            = { cpu = var.cpu, memory = var.memory }
        cpu_idle          = !var.always_cpu
        startup_cpu_boost = true
      }

      # Go collects more often before its memory comes to this. The rest is for files, which are memory here, sockets and the
      # platform: an instance that runs out of it dies with every request that it serves.
      env {
        name  = "GOMEMLIMIT"
        value = "${local.mebibytes / 2}MiB"
      }

      dynamic "env" {
        for_each = var.environment
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = var.secrets
        content {
          name = env.key
          value_source {
            secret_key_ref {
              secret  = env.value
              version = "latest"
            }
          }
        }
      }

      startup_probe {
        period_seconds    = 1
        timeout_seconds   = 1
        failure_threshold = var.startup_seconds
        http_get {
          path = var.startup_path
        }
      }

      liveness_probe {
        period_seconds    = 10
        timeout_seconds   = 5
        failure_threshold = 3
        http_get {
          path = "/health/live"
        }
      }
    }
  }

  traffic {
    type    = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
    percent = 100
  }

  lifecycle {
    ignore_changes = [
      annotations,
      client,
      client_version,
      labels,
      template[0].annotations,
      template[0].containers[0].image,
      template[0].labels,
      template[0].revision,
      traffic,
    ]
  }
}

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = var.invokers
  name     = google_cloud_run_v2_service.main.name
  location = var.location
  role     = "roles/run.invoker"
  member   = each.value
}
