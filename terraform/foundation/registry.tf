# A tag is the fingerprint of what the image is made of (dev/deploy) and never moves.
resource "google_artifact_registry_repository" "images" {
  repository_id = "images"
  format        = "DOCKER"
  location      = var.region

  docker_config {
    immutable_tags = true
  }

  cleanup_policies {
    id     = "keep-what-can-be-gone-back-to"
    action = "KEEP"
    most_recent_versions {
      keep_count = 20
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      tag_state  = "ANY"
      older_than = "7776000s"
    }
  }

  vulnerability_scanning_config {
    enablement_config = "INHERITED"
  }

  depends_on = [google_project_service.main]
}
