# One thing that somebody is told of: when a figure stays beyond a bound, or the allowance of a promise is spent too fast. Its message leads to the runbook.

resource "google_monitoring_alert_policy" "main" {
  display_name          = var.name
  combiner              = "AND"
  severity              = var.severity
  notification_channels = var.channels

  dynamic "conditions" {
    for_each = var.queries
    content {
      display_name = "${var.name} ${conditions.key + 1}"
      condition_prometheus_query_language {
        query               = conditions.value
        duration            = var.duration
        evaluation_interval = "60s"
      }
    }
  }

  dynamic "conditions" {
    for_each = var.burns
    content {
      display_name = "${var.name} over ${conditions.value.window}"
      condition_threshold {
        filter          = "select_slo_burn_rate(\"${conditions.value.slo}\", \"${conditions.value.window}\")"
        comparison      = "COMPARISON_GT"
        threshold_value = conditions.value.rate
        duration        = "0s"
      }
    }
  }

  documentation {
    subject   = var.name
    mime_type = "text/markdown"
    content   = "${var.meaning}\n\nWhat to do: ${var.runbook}"
  }

  alert_strategy {
    auto_close = "86400s"
  }
}
