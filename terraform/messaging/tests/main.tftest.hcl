mock_provider "google" {}

variables {
  project        = "issho-test"
  project_number = "123456789012"
}

run "topics" {
  command = plan

  assert {
    condition     = toset(keys(google_pubsub_topic.main)) == toset(local.declared.topics) && length(google_pubsub_subscription.analytics) == length(local.declared.topics)
    error_message = "Topics are the declared ones, and analytics hears each."
  }
  assert {
    condition     = toset(keys(module.subscription)) == toset(keys(local.declared.subscriptions))
    error_message = "Subscriptions are the declared ones."
  }
  assert {
    condition     = alltrue([for s in google_pubsub_subscription.analytics : s.bigquery_config[0].write_metadata && s.expiration_policy[0].ttl == ""])
    error_message = "Analytics reads the CloudEvents attributes, and never expires."
  }
}

run "publishers" {
  command = plan

  assert {
    condition     = toset([for p in google_pubsub_topic_iam_member.publisher : "${p.member} ${p.topic}"]) == toset(flatten([for service, topics in local.declared.publishes : [for topic in topics : "serviceAccount:issho-${service}@issho-test.iam.gserviceaccount.com ${topic}"]]))
    error_message = "Exactly the declared publishers may publish."
  }
  assert {
    condition     = alltrue([for p in google_pubsub_topic_iam_member.publisher : p.role == "roles/pubsub.publisher"])
    error_message = "They may publish and nothing else."
  }
}

run "tasks" {
  command = plan

  assert {
    condition     = toset(keys(google_cloud_tasks_queue.main)) == toset(keys(local.declared.queues))
    error_message = "Queues are the declared ones."
  }
  assert {
    condition     = alltrue([for name, q in local.declared.queues : google_cloud_tasks_queue_iam_member.enqueuer[name].member == "serviceAccount:issho-${q.service}@issho-test.iam.gserviceaccount.com"])
    error_message = "Only its owner writes to a queue."
  }
  assert {
    condition     = toset(keys(google_service_account_iam_member.tasks)) == toset([for q in local.declared.queues : q.service])
    error_message = "Who makes tasks may let them call in the name of issho-tasks."
  }
}

run "jobs" {
  command = plan

  assert {
    condition     = toset(keys(google_cloud_scheduler_job.main)) == toset(keys(local.declared.jobs))
    error_message = "Jobs are the declared ones."
  }
  assert {
    condition     = google_cloud_scheduler_job.main["order-sweep"].http_target[0].uri == "https://order-123456789012.asia-northeast1.run.app/issho.order.v1.OrderInternalService/Sweep"
    error_message = "A job calls the deterministic URL of its service."
  }
  assert {
    condition     = alltrue([for j in google_cloud_scheduler_job.main : j.http_target[0].oidc_token[0].service_account_email == "issho-scheduler@issho-test.iam.gserviceaccount.com" && startswith(j.http_target[0].uri, "${j.http_target[0].oidc_token[0].audience}/")])
    error_message = "A job carries the scheduler's token for the service that it calls."
  }
}
