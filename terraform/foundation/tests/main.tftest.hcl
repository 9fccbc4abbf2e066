mock_provider "google" {}

variables {
  project            = "issho-test"
  project_number     = "123456789012"
  billing_account    = "000000-000000-000000"
  monthly_budget_jpy = 100000
  web_domains        = ["shop.example.com"]
}

run "accounts" {
  command = plan

  assert {
    condition     = toset(keys(google_service_account.main)) == toset(concat(["gateway", "pubsub", "tasks", "scheduler", "ops", "migrator"], keys(local.declared.services)))
    error_message = "Each program and each identity has one account, and nobody else has."
  }
  assert {
    condition     = alltrue([for a in google_service_account.main : can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", a.account_id))])
    error_message = "Google wants 6 to 30 characters."
  }
  assert {
    condition     = alltrue([for id, a in google_service_account.main : a.account_id == "issho-${id}"])
    error_message = "The programs know their accounts as issho-<identity>."
  }
  assert {
    condition     = toset(keys(google_service_account_iam_member.signer)) == toset([for b in local.declared.buckets : b.service if try(b.uploads, false)]) && alltrue([for g in google_service_account_iam_member.signer : g.role == "roles/iam.serviceAccountTokenCreator"])
    error_message = "Only a service whose bucket takes uploads signs, and only as itself."
  }
}

run "secrets" {
  command = plan

  assert {
    condition = toset(keys(google_secret_manager_secret.main)) == toset([
      "catalog-page-key", "order-invite-key", "order-page-key", "payment-stripe-key", "payment-stripe-webhook-secret", "reward-page-key", "search-page-key",
    ])
    error_message = "One secret for each secret variable of a program."
  }
  assert {
    condition     = length(google_secret_manager_secret_iam_member.reader) == length(google_secret_manager_secret.main)
    error_message = "A secret has one reader."
  }
  assert {
    condition     = alltrue([for s in google_secret_manager_secret.main : s.deletion_protection])
    error_message = "Secrets are protected."
  }
  assert {
    condition     = !contains(keys(google_secret_manager_secret_iam_member.migrator), "catalog-page-key")
    error_message = "The migrator has no business with programs that have no tables."
  }
}

run "network" {
  command = plan

  assert {
    condition     = alltrue([for s in google_compute_subnetwork.main : s.private_ip_google_access])
    error_message = "Google's APIs are reached without the internet."
  }
  assert {
    condition     = google_compute_router_nat.main.source_subnetwork_ip_ranges_to_nat == "LIST_OF_SUBNETWORKS" && length(google_compute_router_nat.main.subnetwork) == 1
    error_message = "Only one subnetwork has a way out."
  }
  assert {
    condition     = google_artifact_registry_repository.images.docker_config[0].immutable_tags
    error_message = "A tag never moves."
  }
}
