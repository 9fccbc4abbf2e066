# The way in: one address, one certificate, Cloud Armor, and the gateway behind it. What the gateway marks as public and
# cacheable is kept by the CDN, and only on the paths of the catalog.

resource "google_compute_global_address" "main" {
  name = "issho"
}

resource "google_compute_region_network_endpoint_group" "gateway" {
  name                  = "issho-gateway"
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = "gateway"
  }
}

resource "google_compute_backend_service" "main" {
  for_each              = { live = false, cached = true }
  name                  = "issho-${each.key}"
  protocol              = "HTTPS"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  security_policy       = google_compute_security_policy.main.id
  enable_cdn            = each.value

  backend {
    group = google_compute_region_network_endpoint_group.gateway.id
  }

  dynamic "cdn_policy" {
    for_each = each.value ? [true] : []
    content {
      cache_mode         = "USE_ORIGIN_HEADERS"
      negative_caching   = false
      serve_while_stale  = 0
      request_coalescing = true

      cache_key_policy {
        include_host         = true
        include_protocol     = true
        include_query_string = true
        include_http_headers = ["Accept-Language"]
      }

      bypass_cache_on_request_headers {
        header_name = "Authorization"
      }
    }
  }

  log_config {
    enable      = true
    sample_rate = 1
  }
}

resource "google_compute_url_map" "main" {
  name            = "issho"
  default_service = google_compute_backend_service.main["live"].id

  host_rule {
    hosts        = [var.domain]
    path_matcher = "api"
  }

  path_matcher {
    name            = "api"
    default_service = google_compute_backend_service.main["live"].id

    path_rule {
      paths   = ["/issho.catalog.v1.CatalogService/*"]
      service = google_compute_backend_service.main["cached"].id
    }
  }
}

resource "google_compute_target_https_proxy" "main" {
  name            = "issho"
  url_map         = google_compute_url_map.main.id
  certificate_map = "//certificatemanager.googleapis.com/${google_certificate_manager_certificate_map.main.id}"
  ssl_policy      = google_compute_ssl_policy.main.id
}

resource "google_compute_global_forwarding_rule" "https" {
  name                  = "issho-https"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.main.id
  port_range            = "443"
  target                = google_compute_target_https_proxy.main.id
}

# Cleartext is answered with the way to TLS, and nothing else.
resource "google_compute_url_map" "redirect" {
  name = "issho-redirect"

  default_url_redirect {
    https_redirect         = true
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
    strip_query            = false
  }
}

resource "google_compute_target_http_proxy" "redirect" {
  name    = "issho-redirect"
  url_map = google_compute_url_map.redirect.id
}

resource "google_compute_global_forwarding_rule" "http" {
  name                  = "issho-http"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.main.id
  port_range            = "80"
  target                = google_compute_target_http_proxy.redirect.id
}
