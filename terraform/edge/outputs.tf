output "address" {
  description = "Address for the domain's A record."
  value       = google_compute_global_address.main.address
}

output "certificate_record" {
  description = "DNS record that proves the domain is ours."
  value       = google_certificate_manager_dns_authorization.main.dns_resource_record
}
