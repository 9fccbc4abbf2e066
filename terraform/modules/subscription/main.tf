# Events of one topic, pushed to one service; what it cannot take lands in the dead-letter topic, and stays in a
# subscription of that topic until somebody has looked.

resource "google_pubsub_subscription" "main" {
  name                       = var.name
  topic                      = var.topic
  filter                     = join(" OR ", [for type in var.types : "attributes.\"ce-type\" = \"${type}\""])
  ack_deadline_seconds       = 60
  message_retention_duration = "604800s"

  push_config {
    push_endpoint = "${var.audience}/events/${var.topic}"
    oidc_token {
      service_account_email = var.push_account
      audience              = var.audience
    }
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead.id
    max_delivery_attempts = var.attempts
  }

  retry_policy {
    minimum_backoff = var.min_backoff
    maximum_backoff = var.max_backoff
  }

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic" "dead" {
  name = var.dead_letter
}

resource "google_pubsub_subscription" "dead" {
  name                       = var.dead_letter
  topic                      = google_pubsub_topic.dead.id
  message_retention_duration = "2678400s" # 31 days to look at them

  expiration_policy {
    ttl = ""
  }
}

# Without both grants Pub/Sub retries for ever and says nothing.
resource "google_pubsub_topic_iam_member" "dead_agent" {
  topic  = google_pubsub_topic.dead.name
  role   = "roles/pubsub.publisher"
  member = var.pubsub_agent_member
}

resource "google_pubsub_subscription_iam_member" "agent" {
  subscription = google_pubsub_subscription.main.name
  role         = "roles/pubsub.subscriber"
  member       = var.pubsub_agent_member
}

# The receiver puts there by itself what it refuses for good.
resource "google_pubsub_topic_iam_member" "dead_service" {
  topic  = google_pubsub_topic.dead.name
  role   = "roles/pubsub.publisher"
  member = var.service_member
}
