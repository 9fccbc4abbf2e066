mock_provider "google" {}

variables {
  name                = "order-payment"
  topic               = "order"
  dead_letter         = "order-payment-dead"
  audience            = "https://payment-1.asia-northeast1.run.app"
  push_account        = "issho-pubsub@issho-test.iam.gserviceaccount.com"
  attempts            = 100
  types               = ["order.confirmed"]
  min_backoff         = "1s"
  max_backoff         = "60s"
  service_member      = "serviceAccount:issho-payment@issho-test.iam.gserviceaccount.com"
  pubsub_agent_member = "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"
}

run "pushes_with_a_token" {
  command = plan

  assert {
    condition     = google_pubsub_subscription.main.push_config[0].push_endpoint == "https://payment-1.asia-northeast1.run.app/events/order"
    error_message = "The inbox listens at /events/<topic>."
  }
  assert {
    condition     = google_pubsub_subscription.main.push_config[0].oidc_token[0].audience == var.audience && google_pubsub_subscription.main.push_config[0].oidc_token[0].service_account_email == var.push_account
    error_message = "A push carries a token for the receiver."
  }
  assert {
    condition     = google_pubsub_subscription.main.expiration_policy[0].ttl == "" && google_pubsub_subscription.dead.expiration_policy[0].ttl == ""
    error_message = "A quiet month must not delete a subscription."
  }
}

run "dead_letters" {
  command = plan

  assert {
    condition     = google_pubsub_subscription.main.dead_letter_policy[0].max_delivery_attempts == 100
    error_message = "100 attempts outlast an outage."
  }
  assert {
    condition     = google_pubsub_topic_iam_member.dead_agent.member == var.pubsub_agent_member && google_pubsub_subscription_iam_member.agent.member == var.pubsub_agent_member
    error_message = "Dead letters want both grants."
  }
  assert {
    condition     = google_pubsub_topic_iam_member.dead_service.member == var.service_member
    error_message = "The receiver publishes what it refuses."
  }
}
