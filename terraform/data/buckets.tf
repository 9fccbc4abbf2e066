# What is too large for a database. Names are the whole world's, hence the project in front.
resource "google_storage_bucket" "main" {
  for_each                    = local.declared.buckets
  name                        = "${var.project}-${each.key}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection

  soft_delete_policy {
    retention_duration_seconds = 604800
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_storage_bucket_iam_member" "service" {
  for_each = local.declared.buckets
  bucket   = google_storage_bucket.main[each.key].name
  role     = "roles/storage.objectUser"
  member   = local.member[each.value.service]
}
