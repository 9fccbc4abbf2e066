resource "google_pubsub_topic" "main" {
  for_each                   = toset(local.declared.topics)
  name                       = each.key
  message_retention_duration = "604800s" # a week can be played again
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = local.publishers
  topic    = google_pubsub_topic.main[each.value.topic].name
  role     = "roles/pubsub.publisher"
  member   = "serviceAccount:${local.account[each.value.service]}"
}

module "subscription" {
  source              = "../modules/subscription"
  for_each            = local.declared.subscriptions
  name                = each.key
  topic               = google_pubsub_topic.main[each.value.topic].name
  dead_letter         = each.value.dead_letter
  types               = try(each.value.types, [])
  audience            = local.url[each.value.service]
  push_account        = local.account["pubsub"]
  attempts            = each.value.attempts
  min_backoff         = each.value.min_backoff
  max_backoff         = each.value.max_backoff
  service_member      = "serviceAccount:${local.account[each.value.service]}"
  pubsub_agent_member = local.pubsub_agent
}

# Pub/Sub mints the pushes' tokens in the name of this account.
resource "google_service_account_iam_member" "push_tokens" {
  service_account_id = "projects/${var.project}/serviceAccounts/${local.account["pubsub"]}"
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_agent
}

# Analytics hears every topic. What BigQuery cannot take waits, and is retried, for a week.
resource "google_pubsub_subscription" "analytics" {
  for_each                   = toset(local.declared.topics)
  name                       = "${each.key}-analytics"
  topic                      = google_pubsub_topic.main[each.key].id
  message_retention_duration = "604800s"

  bigquery_config {
    table          = "${var.project}.events.${each.key}"
    write_metadata = true
  }

  expiration_policy {
    ttl = ""
  }
}
