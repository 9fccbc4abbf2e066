mock_provider "google" {}

variables {
  environment          = "staging"
  project              = "issho-test"
  repository           = "projects/issho-test/locations/asia-northeast1/connections/github/repositories/issho"
  github_repository_id = "123456"
}

run "accounts" {
  command = plan

  assert {
    condition     = length(google_service_account_iam_member.deploy) == length(local.programs) + 2
    error_message = "The deploy may use the accounts of the programs, of the migrator and of ops, and no other."
  }
  assert {
    condition     = alltrue([for m in google_project_iam_member.deploy : !contains(["roles/run.admin", "roles/editor", "roles/owner", "roles/resourcemanager.projectIamAdmin"], m.role)])
    error_message = "The deploy ships revisions; it grants nothing."
  }
  assert {
    condition     = google_project_iam_member.check.role == "roles/logging.logWriter"
    error_message = "A pull request's check has nothing to take."
  }
}

run "triggers" {
  command = plan

  assert {
    condition     = google_cloudbuild_trigger.release.filename == "cloudbuild.yaml" && google_cloudbuild_trigger.release.substitutions["_ENV"] == "staging" && google_cloudbuild_trigger.release.repository_event_config[0].push[0].branch == "^main$"
    error_message = "Only main is shipped, and to this environment."
  }
  assert {
    condition     = google_cloudbuild_trigger.release.approval_config[0].approval_required
    error_message = "A release is approved unless somebody said otherwise."
  }
  assert {
    condition     = google_cloudbuild_trigger.pull_request.filename == "cloudbuild-pr.yaml" && length(google_cloudbuild_trigger.pull_request.repository_event_config[0].push) == 0
    error_message = "A pull request is checked and never shipped."
  }
}

run "federation" {
  command = plan

  assert {
    condition     = strcontains(google_iam_workload_identity_pool_provider.github.attribute_condition, "'123456'") && strcontains(google_iam_workload_identity_pool_provider.github.attribute_condition, "refs/heads/main")
    error_message = "Only our repository's main branch."
  }
}

run "refuses_a_name" {
  command = plan
  variables {
    github_repository_id = "issho-shop/issho"
  }
  expect_failures = [var.github_repository_id]
}
