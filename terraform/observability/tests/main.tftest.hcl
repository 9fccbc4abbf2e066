mock_provider "google" {}

variables {
  project       = "issho-test"
  domain        = "api.example.com"
  on_call_email = "on-call@example.com"
}

run "alerts" {
  command = plan

  assert {
    condition     = toset(keys(module.alert)) == toset(keys(local.alerts))
    error_message = "Every alert of alerts.yaml is made."
  }
  assert {
    condition     = alltrue([for id, text in output.alerts : strcontains(text, "/docs/runbooks/${local.alerts[id].runbook}.md")])
    error_message = "Each leads to its runbook."
  }
}

run "promises" {
  command = plan

  assert {
    condition     = { for id, slo in google_monitoring_slo.main : id => slo.goal } == { for id, slo in local.slos : id => slo.good }
    error_message = "Every promise of slos.yaml is made."
  }
  assert {
    condition = alltrue([for slo in google_monitoring_slo.main :
    length(slo.request_based_sli[0].good_total_ratio) + length(slo.request_based_sli[0].distribution_cut) == 1])
    error_message = "A promise counts bad answers or slow ones."
  }
  assert {
    condition     = alltrue([for id, alert in local.alerts : can(alert.slo) ? contains(keys(local.slos), alert.slo) && contains(keys(local.burns), alert.burn) : length(alert.queries) > 0])
    error_message = "An alert has a promise and a speed, or queries."
  }
  assert {
    condition     = toset([for alert in local.alerts : alert.slo if can(alert.slo)]) == toset(keys(local.slos))
    error_message = "Somebody is told of each promise before it is broken."
  }
}

run "dashboards" {
  command = plan

  assert {
    condition = alltrue([for id, d in google_monitoring_dashboard.main :
    length(jsondecode(d.dashboard_json).mosaicLayout.tiles) == length(local.dashboards[id].panels)])
    error_message = "Every panel is on its dashboard."
  }
}

run "certificate" {
  command = plan

  assert {
    condition     = google_monitoring_uptime_check_config.api.http_check[0].validate_ssl && google_monitoring_uptime_check_config.api.monitored_resource[0].labels.host == var.domain
    error_message = "The certificate that apps see is read."
  }
}
