# A service with tables brings them up to date itself: its own image, run once before its new revision. Image: the deploy's.
resource "google_cloud_run_v2_job" "migrate" {
  for_each            = { for name, s in local.declared.services : name => s if try(s.store, "") == "spanner" }
  name                = "${each.key}-migrate"
  location            = var.region
  deletion_protection = false

  template {
    template {
      service_account = local.account["migrator"]
      max_retries     = 0
      timeout         = "1800s"

      vpc_access {
        egress = "ALL_TRAFFIC"
        network_interfaces {
          subnetwork = "issho-inward"
        }
      }

      containers {
        image = var.first_image
        args  = ["migrate"]

        dynamic "env" {
          for_each = local.environment[each.key]
          content {
            name  = env.key
            value = env.value
          }
        }

        dynamic "env" {
          for_each = local.secrets[each.key]
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
      }
    }
  }

  lifecycle {
    ignore_changes = [annotations, client, client_version, labels, template[0].template[0].containers[0].image]
  }
}
