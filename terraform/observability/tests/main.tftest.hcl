mock_provider "google" {}

variables {
  project       = "issho-test"
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
    condition     = google_monitoring_slo.availability.goal == 0.999 && google_monitoring_slo.latency.goal == 0.99
    error_message = "The alerts count with these goals."
  }
  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.main.dashboard_json).mosaicLayout.tiles) == length(local.panels)
    error_message = "Every panel is on the dashboard."
  }
}
