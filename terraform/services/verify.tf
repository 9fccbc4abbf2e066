# Plays the smoke story from inside of the network, where services are reached, as the account that may ask everybody and
# change nothing. The deploy runs it at every step, with the program and its address. Image: the deploy's.
resource "google_cloud_run_v2_job" "verify" {
  name                = "verify"
  location            = var.region
  deletion_protection = false

  template {
    template {
      service_account = local.account["ops"]
      max_retries     = 0
      timeout         = "300s"

      vpc_access {
        egress = "ALL_TRAFFIC"
        network_interfaces {
          subnetwork = "issho-inward"
        }
      }

      containers {
        image = var.first_image
        args  = ["--help"]
      }
    }
  }

  lifecycle {
    ignore_changes = [annotations, client, client_version, labels, template[0].template[0].containers[0].image]
  }
}
