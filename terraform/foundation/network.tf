# Programs reach each other, and Google's APIs, inside of Google's network. Two subnetworks: only what lies in `outward`
# has a way to the internet.

resource "google_compute_network" "main" {
  name                    = "issho"
  auto_create_subnetworks = false

  depends_on = [google_project_service.main]
}

resource "google_compute_subnetwork" "main" {
  for_each                 = { inward = "10.8.0.0/22", outward = "10.8.4.0/24" }
  name                     = "issho-${each.key}"
  network                  = google_compute_network.main.id
  region                   = var.region
  ip_cidr_range            = each.value
  private_ip_google_access = true
}

resource "google_compute_router" "main" {
  name    = "issho"
  network = google_compute_network.main.id
  region  = var.region
}

resource "google_compute_address" "outward" {
  name   = "issho-outward"
  region = var.region
}

resource "google_compute_router_nat" "main" {
  name                               = "issho"
  router                             = google_compute_router.main.name
  region                             = var.region
  nat_ip_allocate_option             = "MANUAL_ONLY"
  nat_ips                            = [google_compute_address.outward.self_link]
  source_subnetwork_ip_ranges_to_nat = "LIST_OF_SUBNETWORKS"

  subnetwork {
    name                    = google_compute_subnetwork.main["outward"].id
    source_ip_ranges_to_nat = ["ALL_IP_RANGES"]
  }

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}
