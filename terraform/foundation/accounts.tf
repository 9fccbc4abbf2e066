resource "google_service_account" "main" {
  for_each     = local.identities
  account_id   = local.account[each.key]
  display_name = "Issho: ${each.key}"

  depends_on = [google_project_service.main]
}

# Every program writes its own traces and metrics; its logs are the platform's.
resource "google_project_iam_member" "traces" {
  for_each = local.programs
  project  = var.project
  role     = "roles/cloudtrace.agent"
  member   = google_service_account.main[each.key].member
}

resource "google_project_iam_member" "metrics" {
  for_each = local.programs
  project  = var.project
  role     = "roles/monitoring.metricWriter"
  member   = google_service_account.main[each.key].member
}
