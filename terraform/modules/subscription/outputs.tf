output "name" {
  description = "Subscription."
  value       = google_pubsub_subscription.main.name
}

output "dead_letter" {
  description = "Subscription that keeps the dead letters."
  value       = google_pubsub_subscription.dead.name
}
