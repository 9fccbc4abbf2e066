mock_provider "google" {}

variables {
  project = "issho-test"
  domain  = "api.example.com"
}

run "cache" {
  command = plan

  assert {
    condition     = google_compute_backend_service.main["cached"].enable_cdn && !google_compute_backend_service.main["live"].enable_cdn
    error_message = "Only one of the two ways is cached."
  }
  assert {
    condition     = google_compute_backend_service.main["cached"].cdn_policy[0].cache_mode == "USE_ORIGIN_HEADERS" && google_compute_backend_service.main["cached"].cdn_policy[0].bypass_cache_on_request_headers[0].header_name == "Authorization"
    error_message = "Nothing is cached that the origin did not mark, nor anything that somebody signed in asked for."
  }
  assert {
    condition     = flatten([for r in google_compute_url_map.main.path_matcher[0].path_rule : r.paths]) == ["/issho.catalog.v1.CatalogService/*"]
    error_message = "Only the catalog's paths are cached."
  }
}

run "armour" {
  command = plan

  assert {
    condition     = alltrue([for b in google_compute_backend_service.main : length(b.log_config) == 1 && b.load_balancing_scheme == "EXTERNAL_MANAGED"])
    error_message = "Both ways are logged."
  }
  assert {
    condition     = length([for r in google_compute_security_policy.main.rule : r if r.action == "rate_based_ban"]) == 1
    error_message = "One rule bans by rate."
  }
  assert {
    condition     = length([for r in google_compute_security_policy.main.rule : r if r.action == "deny(403)"]) == length(local.waf) && max([for r in google_compute_security_policy.main.rule : r.priority if r.action == "deny(403)"]...) < 100
    error_message = "The WAF looks before the rate lets in."
  }
}

run "tls" {
  command = plan

  assert {
    condition     = google_compute_url_map.redirect.default_url_redirect[0].https_redirect && google_compute_global_forwarding_rule.http.port_range == "80"
    error_message = "Cleartext is sent to TLS."
  }
  assert {
    condition     = google_compute_ssl_policy.main.profile == "RESTRICTED"
    error_message = "Old ciphers are refused."
  }
}
