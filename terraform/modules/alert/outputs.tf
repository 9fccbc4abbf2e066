output "documentation" {
  description = "What is sent along."
  value       = google_monitoring_alert_policy.main.documentation[0].content
}
