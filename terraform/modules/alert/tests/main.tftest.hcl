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

run "watches_a_promise_over_two_windows" {
  command = plan
  variables {
    queries = []
    burns = [
      { slo = "projects/1/services/issho/serviceLevelObjectives/a", window = "3600s", rate = 14.4 },
      { slo = "projects/1/services/issho/serviceLevelObjectives/a", window = "300s", rate = 14.4 },
    ]
  }

  assert {
    condition = [for c in google_monitoring_alert_policy.main.conditions : c.condition_threshold[0].filter] == [
      "select_slo_burn_rate(\"projects/1/services/issho/serviceLevelObjectives/a\", \"3600s\")",
      "select_slo_burn_rate(\"projects/1/services/issho/serviceLevelObjectives/a\", \"300s\")",
    ]
    error_message = "Both windows are asked for."
  }
}

run "refuses_one_window" {
  command = plan
  variables {
    burns = [{ slo = "a", window = "3600s", rate = 14.4 }]
  }
  expect_failures = [var.burns]
}
