output "deploy_account" {
  description = "Account that builds and ships."
  value       = google_service_account.deploy.email
}

output "federation_provider" {
  description = "What a build outside of Google names to become that account."
  value       = google_iam_workload_identity_pool_provider.github.name
}
