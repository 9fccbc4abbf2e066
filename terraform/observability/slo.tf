# What the shop promises (slos.yaml). The alerts on how fast an allowance is spent stand in alerts.yaml.

locals {
  slos = yamldecode(file("${path.module}/slos.yaml"))
}

resource "google_monitoring_custom_service" "shop" {
  service_id   = "issho"
  display_name = "Issho"
}

resource "google_monitoring_slo" "main" {
  for_each            = local.slos
  service             = google_monitoring_custom_service.shop.service_id
  slo_id              = each.key
  display_name        = each.value.name
  goal                = each.value.good
  rolling_period_days = 28

  request_based_sli {
    dynamic "good_total_ratio" {
      for_each = can(each.value.bad) ? [each.value] : []
      content {
        total_service_filter = good_total_ratio.value.all
        bad_service_filter   = good_total_ratio.value.bad
      }
    }

    dynamic "distribution_cut" {
      for_each = can(each.value.took) ? [each.value] : []
      content {
        distribution_filter = distribution_cut.value.took
        range {
          min = 0
          max = distribution_cut.value.within
        }
      }
    }
  }
}
