# Who builds and ships. Two accounts: checks of pull requests may write logs and nothing else; the deploy may put images
# and revisions in place, and cannot change what exists.

locals {
  programs = yamldecode(file("${path.module}/../programs.yaml"))
  runtimes = concat([for name, _ in local.programs : "issho-${name}"], ["issho-migrator", "issho-ops"])
}

resource "google_service_account" "check" {
  account_id   = "issho-check"
  display_name = "Issho: checks of pull requests"
}

resource "google_service_account" "deploy" {
  account_id   = "issho-deploy"
  display_name = "Issho: builds and ships"
}

resource "google_project_iam_member" "check" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.check.member
}

resource "google_project_iam_member" "deploy" {
  for_each = toset([
    "roles/cloudbuild.builds.editor",
    "roles/containeranalysis.occurrences.viewer",
    "roles/logging.logWriter",
    "roles/monitoring.viewer",      # is the new revision as good as the old one?
    "roles/ondemandscanning.admin", # does an image hold known weaknesses?
    "roles/run.developer",
  ])
  project = var.project
  role    = each.key
  member  = google_service_account.deploy.member
}

resource "google_artifact_registry_repository_iam_member" "deploy" {
  location   = var.region
  repository = "images"
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.deploy.member
}

# A revision runs as its program's account, and the smoke story as ops: who makes them must be allowed to use the account.
resource "google_service_account_iam_member" "deploy" {
  for_each           = toset(local.runtimes)
  service_account_id = "projects/${var.project}/serviceAccounts/${each.key}@${var.project}.iam.gserviceaccount.com"
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.deploy.member
}
