resource "google_cloudbuild_trigger" "pull_request" {
  name               = "issho-pull-request"
  location           = var.region
  filename           = "cloudbuild.yaml"
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
