mock_provider "google" {}

variables {
  project        = "issho-test"
  project_number = "123456789012"
  cors_origins   = ["https://shop.example.com"]
}

run "databases" {
  command = plan

  assert {
    condition     = toset(concat(keys(module.spanner_database), keys(module.firestore_database))) == toset([for name, s in local.declared.services : name if can(s.store)])
    error_message = "Every service that has a store has one database."
  }
  assert {
    condition     = google_spanner_instance.main.edition == "ENTERPRISE" && google_spanner_instance.main.default_backup_schedule_type == "NONE"
    error_message = "Incremental backups want Enterprise, and the default schedule would double ours."
  }
  assert {
    condition     = local.member["order"] == "serviceAccount:issho-order@issho-test.iam.gserviceaccount.com"
    error_message = "A database is its service's alone."
  }
}

run "buckets" {
  command = plan

  assert {
    condition     = google_storage_bucket.main["search-snapshots"].name == "issho-test-search-snapshots" && alltrue([for id, b in google_storage_bucket.main : b.uniform_bucket_level_access && b.public_access_prevention == (try(local.declared.buckets[id].public, false) ? "inherited" : "enforced")])
    error_message = "Buckets carry the project's name and are nobody else's, unless they are declared to be public."
  }
  assert {
    condition     = google_storage_bucket_iam_member.service["search-snapshots"].member == local.member["search"] && toset(keys(google_storage_bucket_iam_member.service)) == toset(keys(local.declared.buckets))
    error_message = "A bucket is its service's alone."
  }
  assert {
    condition     = toset(keys(google_storage_bucket_iam_member.public)) == toset([for id, b in local.declared.buckets : id if try(b.public, false)]) && alltrue([for g in google_storage_bucket_iam_member.public : g.member == "allUsers" && g.role == "roles/storage.legacyObjectReader"])
    error_message = "Of a public bucket anybody reads what they know the name of, and lists nothing."
  }
  assert {
    condition     = alltrue([for id, b in google_storage_bucket.main : try(local.declared.buckets[id].uploads, false) ? toset(b.cors[0].origin) == toset(["https://shop.example.com"]) && contains(b.cors[0].method, "PUT") : length(b.cors) == 0])
    error_message = "Only our web apps put things into a bucket, and only into those that are made for it."
  }
  assert {
    condition     = alltrue([for b in google_storage_bucket.main : one(b.lifecycle_rule[0].action).type == "AbortIncompleteMultipartUpload"])
    error_message = "An upload that nobody ends is not kept."
  }
}

run "analytics" {
  command = plan

  assert {
    condition     = toset(keys(google_bigquery_table.events)) == toset(local.declared.topics)
    error_message = "Every topic has a table."
  }
  assert {
    condition     = toset(keys(google_bigquery_table.view)) == toset(["gmv_daily", "groups", "formation_daily", "funnel_daily", "k_factor_weekly"])
    error_message = "GMV, formation, time to form, funnel and K-factor have views."
  }
  assert {
    condition     = alltrue([for v in google_bigquery_table.view : strcontains(v.view[0].query, "`issho-test.")])
    error_message = "Views read this project's events."
  }
  assert {
    condition     = alltrue([for t in google_bigquery_table.events : t.deletion_protection])
    error_message = "Events are protected."
  }
}

run "scales" {
  command = plan

  assert {
    condition     = google_spanner_instance.main.autoscaling_config[0].autoscaling_limits[0].min_processing_units == 1000 && google_spanner_instance.main.autoscaling_config[0].autoscaling_limits[0].max_processing_units == 3000
    error_message = "From one node to three."
  }
}

run "small" {
  command = plan
  variables {
    spanner_min_processing_units = 100
  }

  assert {
    condition     = google_spanner_instance.main.processing_units == 100 && length(google_spanner_instance.main.autoscaling_config) == 0
    error_message = "Less than a node does not scale."
  }
}

run "refuses_half_a_node_more" {
  command = plan
  variables {
    spanner_min_processing_units = 1500
  }
  expect_failures = [var.spanner_min_processing_units]
}
