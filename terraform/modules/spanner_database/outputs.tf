output "id" {
  description = "<instance>/<database>"
  value       = google_spanner_database.main.id
}
