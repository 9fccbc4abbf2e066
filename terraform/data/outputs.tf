output "spanner_databases" {
  description = "Spanner database of each service that has one."
  value       = { for name, d in module.spanner_database : name => d.id }
}

output "firestore_databases" {
  description = "Firestore database of each service that has one."
  value       = { for name, d in module.firestore_database : name => d.name }
}
