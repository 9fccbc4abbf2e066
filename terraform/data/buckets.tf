# What is too large for a database. Names are the whole world's, hence the project in front. A public bucket holds what
# everybody sees, the shop's pictures; into one with uploads apps put things themselves, by addresses that its service signs.
resource "google_storage_bucket" "main" {
  for_each                    = local.declared.buckets
  name                        = "${var.project}-${each.key}"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = contains(keys(local.public), each.key) ? "inherited" : "enforced"
  force_destroy               = !var.deletion_protection

  soft_delete_policy {
    retention_duration_seconds = 604800
  }

  # An upload in pieces that nobody ends. What no product shows is swept by the service, which knows.
  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 1
    }
  }

  dynamic "cors" {
    for_each = try(each.value.uploads, false) ? ["apps"] : []
    content {
      origin          = var.cors_origins
      method          = ["GET", "HEAD", "PUT"]
      response_header = ["Cache-Control", "Content-Type", "X-Goog-Content-Length-Range", "X-Goog-If-Generation-Match"]
      max_age_seconds = 3600
    }
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

# Anybody may read an object whose name is known, and list none.
resource "google_storage_bucket_iam_member" "public" {
  for_each = local.public
  bucket   = google_storage_bucket.main[each.key].name
  role     = "roles/storage.legacyObjectReader"
  member   = "allUsers"
}
