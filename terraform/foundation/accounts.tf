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

# Who signs addresses by which others put things into a bucket signs as itself, by the key that Google keeps.
resource "google_service_account_iam_member" "signer" {
  for_each           = toset([for b in local.declared.buckets : b.service if try(b.uploads, false)])
  service_account_id = google_service_account.main[each.key].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_service_account.main[each.key].member
}
