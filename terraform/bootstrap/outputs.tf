output "bucket" {
  description = "Holds the states: -backend-config=bucket=… of every other root."
  value       = google_storage_bucket.states.name
}
