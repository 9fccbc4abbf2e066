locals {
  alerts     = yamldecode(file("${path.module}/alerts.yaml"))
  dashboards = yamldecode(file("${path.module}/panels.yaml"))
  burns      = yamldecode(file("${path.module}/burns.yaml"))
}

resource "google_monitoring_notification_channel" "mail" {
  display_name = "Issho: whoever is on call"
  type         = "email"
  labels       = { email_address = var.on_call_email }
}

module "alert" {
  source   = "../modules/alert"
  for_each = local.alerts
  name     = each.value.name
  meaning  = each.value.meaning
  queries  = try(each.value.queries, [])
  duration = try(each.value.for, "0s")
  burns = [for window in try(local.burns[each.value.burn].windows, []) : {
    slo    = google_monitoring_slo.main[each.value.slo].name
    window = window
    rate   = local.burns[each.value.burn].rate
  }]
  severity = each.value.severity
  channels = [google_monitoring_notification_channel.mail.id]
  runbook  = "${var.runbooks_url}/${each.value.runbook}.md"
}

# Asks the shop from outside, and with it reads the certificate.
resource "google_monitoring_uptime_check_config" "api" {
  display_name     = "Issho: the API from outside"
  timeout          = "10s"
  period           = "300s"
  selected_regions = ["ASIA_PACIFIC", "USA", "EUROPE"]

  http_check {
    path         = "/health/live"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project, host = var.domain }
  }
}

resource "google_monitoring_dashboard" "main" {
  for_each = local.dashboards
  dashboard_json = jsonencode({
    displayName = each.value.name
    mosaicLayout = {
      columns = 12
      tiles = [for i, panel in each.value.panels : {
        xPos   = i % 2 * 6
        yPos   = floor(i / 2) * 4
        width  = 6
        height = 4
        widget = {
          title   = panel.title
          xyChart = { dataSets = [{ plotType = "LINE", timeSeriesQuery = { prometheusQuery = panel.query } }] }
        }
      }]
    }
  })
}
