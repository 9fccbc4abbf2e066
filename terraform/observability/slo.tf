# What the shop promises, measured at the load balancer, where customers are. The alerts on how fast the allowance is
# spent stand in alerts.yaml.

resource "google_monitoring_custom_service" "shop" {
  service_id   = "issho"
  display_name = "Issho"
}

resource "google_monitoring_slo" "availability" {
  service             = google_monitoring_custom_service.shop.service_id
  slo_id              = "availability"
  display_name        = "99.9 % of requests are answered without a fault of ours"
  goal                = 0.999
  rolling_period_days = 28

  request_based_sli {
    good_total_ratio {
      total_service_filter = "metric.type=\"loadbalancing.googleapis.com/https/request_count\" resource.type=\"https_lb_rule\""
      bad_service_filter   = "metric.type=\"loadbalancing.googleapis.com/https/request_count\" resource.type=\"https_lb_rule\" metric.labels.response_code_class=500"
    }
  }
}

resource "google_monitoring_slo" "latency" {
  service             = google_monitoring_custom_service.shop.service_id
  slo_id              = "latency"
  display_name        = "99 % of requests are answered within two seconds"
  goal                = 0.99
  rolling_period_days = 28

  request_based_sli {
    distribution_cut {
      distribution_filter = "metric.type=\"loadbalancing.googleapis.com/https/total_latencies\" resource.type=\"https_lb_rule\""
      range {
        min = 0
        max = 2000
      }
    }
  }
}
