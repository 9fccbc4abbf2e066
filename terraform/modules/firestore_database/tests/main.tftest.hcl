mock_provider "google" {}

variables {
  project        = "issho-test"
  name           = "catalog"
  location       = "asia-northeast1"
  indexes        = [{ collection = "products", fields = ["state ASCENDING", "category_ids CONTAINS"] }]
  ttl            = { requests = "expire_time" }
  service_member = "serviceAccount:issho-catalog@issho-test.iam.gserviceaccount.com"
}

run "protected" {
  command = plan

  assert {
    condition     = google_firestore_database.main.delete_protection_state == "DELETE_PROTECTION_ENABLED" && google_firestore_database.main.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED"
    error_message = "It can be neither deleted nor lost to a bad write."
  }
  assert {
    condition     = strcontains(google_firebaserules_ruleset.closed.source[0].files[0].content, "allow read, write: if false;")
    error_message = "No client reads or writes it."
  }
}

run "one_service" {
  command = plan

  assert {
    condition     = google_project_iam_member.service.member == var.service_member && strcontains(google_project_iam_member.service.condition[0].expression, "projects/issho-test/databases/catalog")
    error_message = "Access ends at this database."
  }
}

run "indexes" {
  command = plan

  assert {
    condition     = one(values(google_firestore_index.main)).fields[1].array_config == "CONTAINS" && one(values(google_firestore_index.main)).fields[0].order == "ASCENDING"
    error_message = "Fields are indexed as declared."
  }
  assert {
    condition     = google_firestore_field.ttl["requests"].field == "expire_time"
    error_message = "Old requests go by themselves."
  }
}
