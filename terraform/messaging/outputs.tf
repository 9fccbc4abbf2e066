output "dead_letters" {
  description = "Subscriptions that keep dead letters."
  value       = [for s in module.subscription : s.dead_letter]
}
