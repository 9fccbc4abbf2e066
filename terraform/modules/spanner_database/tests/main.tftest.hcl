mock_provider "google" {}

variables {
  instance        = "issho"
  name            = "order"
  service_member  = "serviceAccount:issho-order@issho-test.iam.gserviceaccount.com"
  migrator_member = "serviceAccount:issho-migrator@issho-test.iam.gserviceaccount.com"
}

run "protected_and_backed_up" {
  command = plan

  assert {
    condition     = google_spanner_database.main.deletion_protection && google_spanner_database.main.enable_drop_protection
    error_message = "Neither Terraform nor the API may drop it."
  }
  assert {
    condition     = google_spanner_database.main.version_retention_period == "7d"
    error_message = "A week of the past is readable."
  }
  assert {
    condition     = length(google_spanner_backup_schedule.full.full_backup_spec) == 1 && length(google_spanner_backup_schedule.incremental.incremental_backup_spec) == 1
    error_message = "Full and incremental backups are both made."
  }
  assert {
    condition     = google_spanner_database_iam_member.service.role == "roles/spanner.databaseUser" && google_spanner_database_iam_member.service.member == var.service_member
    error_message = "The service reads and writes rows, and cannot change tables."
  }
}
