output "name" {
  description = "Database."
  value       = google_firestore_database.main.name
}
