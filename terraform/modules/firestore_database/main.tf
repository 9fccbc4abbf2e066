# One service's Firestore database, named, since Firestore grants access by database.

resource "google_firestore_database" "main" {
  name                              = var.name
  location_id                       = var.location
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "OPTIMISTIC"
  app_engine_integration_mode       = "DISABLED"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.deletion_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"
  deletion_policy                   = var.deletion_protection ? "ABANDON" : "DELETE"
}

resource "google_firestore_backup_schedule" "daily" {
  database  = google_firestore_database.main.name
  retention = "1209600s" # two weeks

  daily_recurrence {}
}

resource "google_firestore_index" "main" {
  for_each    = { for index in var.indexes : "${index.collection}: ${join(", ", index.fields)}" => index }
  database    = google_firestore_database.main.name
  collection  = each.value.collection
  query_scope = "COLLECTION"

  dynamic "fields" {
    for_each = [for field in each.value.fields : split(" ", field)]
    content {
      field_path   = fields.value[0]
      order        = fields.value[1] == "CONTAINS" ? null : fields.value[1]
      array_config = fields.value[1] == "CONTAINS" ? "CONTAINS" : null
    }
  }
}

resource "google_firestore_field" "ttl" {
  for_each   = var.ttl
  database   = google_firestore_database.main.name
  collection = each.key
  field      = each.value

  ttl_config {}
}

# Nobody reads or writes it but by IAM: no client speaks to Firestore.
resource "google_firebaserules_ruleset" "closed" {
  source {
    files {
      name    = "firestore.rules"
      content = file("${path.module}/files/firestore.rules")
    }
  }
}

resource "google_firebaserules_release" "closed" {
  name         = "cloud.firestore/${google_firestore_database.main.name}"
  ruleset_name = google_firebaserules_ruleset.closed.name
}

resource "google_project_iam_member" "service" {
  project = var.project
  role    = "roles/datastore.user"
  member  = var.service_member

  condition {
    title      = "firestore-${var.name}"
    expression = "resource.name == \"projects/${var.project}/databases/${var.name}\" || resource.name.startsWith(\"projects/${var.project}/databases/${var.name}/\")"
  }
}
