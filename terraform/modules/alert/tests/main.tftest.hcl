mock_provider "google" {}

variables {
  name     = "Money is unknown"
  meaning  = "Somebody may be charged twice."
  queries  = ["a > 1", "b > 1"]
  duration = "300s"
  severity = "CRITICAL"
  channels = ["projects/issho-test/notificationChannels/1"]
  runbook  = "https://example.com/runbooks/a.md"
}

run "leads_to_its_runbook" {
  command = plan

  assert {
    condition     = strcontains(google_monitoring_alert_policy.main.documentation[0].content, var.runbook)
    error_message = "The message leads to the runbook."
  }
  assert {
    condition     = length(google_monitoring_alert_policy.main.conditions) == 2 && google_monitoring_alert_policy.main.combiner == "AND"
    error_message = "All queries must hold."
  }
}
