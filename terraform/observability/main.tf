locals {
  alerts = yamldecode(file("${path.module}/alerts.yaml"))
  panels = yamldecode(file("${path.module}/panels.yaml"))
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
  queries  = each.value.queries
  duration = each.value.for
  severity = each.value.severity
  channels = [google_monitoring_notification_channel.mail.id]
  runbook  = "${var.runbooks_url}/${each.value.runbook}.md"
}

resource "google_monitoring_dashboard" "main" {
  dashboard_json = jsonencode({
    displayName = "Issho"
    mosaicLayout = {
      columns = 12
      tiles = [for i, panel in local.panels : {
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
