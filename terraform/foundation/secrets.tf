# Secrets are made empty: their values are put in by a person and never pass through Terraform's state.

resource "google_secret_manager_secret" "main" {
  for_each            = local.secrets
  secret_id           = each.key
  deletion_protection = var.deletion_protection

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }

  depends_on = [google_project_service.main]
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each  = local.secrets
  secret_id = google_secret_manager_secret.main[each.key].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.main[each.value].member
}

# The migrator starts a program with its whole configuration, so it reads what that program reads.
resource "google_secret_manager_secret_iam_member" "migrator" {
  for_each  = { for secret, program in local.secrets : secret => program if try(local.declared.services[program].store, "") == "spanner" }
  secret_id = google_secret_manager_secret.main[each.key].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.main["migrator"].member
}
