# A pull request is checked, as an account that may do nothing; main is shipped, as the one that may.

resource "google_cloudbuild_trigger" "pull_request" {
  name               = "issho-pull-request"
  location           = var.region
  filename           = "cloudbuild-pr.yaml"
  service_account    = google_service_account.check.id
  include_build_logs = "INCLUDE_BUILD_LOGS_WITH_STATUS"

  repository_event_config {
    repository = var.repository
    pull_request {
      branch          = "^main$"
      comment_control = "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
    }
  }
}

resource "google_cloudbuild_trigger" "release" {
  name               = "issho-release"
  location           = var.region
  filename           = "cloudbuild.yaml"
  service_account    = google_service_account.deploy.id
  include_build_logs = "INCLUDE_BUILD_LOGS_WITH_STATUS"
  substitutions      = { _ENV = var.environment }

  # In production a person says yes first.
  approval_config {
    approval_required = var.release_is_approved
  }

  repository_event_config {
    repository = var.repository
    push {
      branch = "^main$"
    }
  }
}
