output "accounts" {
  description = "E-mail address of each identity."
  value       = { for id, account in google_service_account.main : id => account.email }
}

output "outward_address" {
  description = "Address from which payment calls Stripe."
  value       = google_compute_address.outward.address
}

output "secrets" {
  description = "Secrets that want a value before the first deploy."
  value       = keys(google_secret_manager_secret.main)
}
