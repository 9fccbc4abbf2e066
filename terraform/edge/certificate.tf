resource "google_certificate_manager_dns_authorization" "main" {
  name   = "issho"
  domain = var.domain
}

resource "google_certificate_manager_certificate" "main" {
  name = "issho"

  managed {
    domains            = [var.domain]
    dns_authorizations = [google_certificate_manager_dns_authorization.main.id]
  }
}

resource "google_certificate_manager_certificate_map" "main" {
  name = "issho"
}

resource "google_certificate_manager_certificate_map_entry" "main" {
  name         = "issho"
  map          = google_certificate_manager_certificate_map.main.name
  certificates = [google_certificate_manager_certificate.main.id]
  hostname     = var.domain
}

resource "google_compute_ssl_policy" "main" {
  name            = "issho"
  profile         = "RESTRICTED"
  min_tls_version = "TLS_1_2"
}
