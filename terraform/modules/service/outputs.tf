output "name" {
  description = "Service on Cloud Run."
  value       = google_cloud_run_v2_service.main.name
}

output "ingress" {
  description = "From where it is reached."
  value       = google_cloud_run_v2_service.main.ingress
}

output "invokers" {
  description = "IAM members that may call it."
  value       = [for i in google_cloud_run_v2_service_iam_member.invoker : i.member]
}

output "cpu_idle" {
  description = "Whether its CPU is taken away between requests."
  value       = google_cloud_run_v2_service.main.template[0].containers[0].resources[0].cpu_idle
}
