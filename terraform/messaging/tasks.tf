resource "google_cloud_tasks_queue" "main" {
  for_each = local.declared.queues
  name     = each.key
  location = var.region

  rate_limits {
    max_dispatches_per_second = each.value.dispatches_per_second
    max_concurrent_dispatches = each.value.concurrent
  }

  retry_config {
    max_attempts  = each.value.attempts
    min_backoff   = each.value.min_backoff
    max_backoff   = each.value.max_backoff
    max_doublings = 6
  }

  stackdriver_logging_config {
    sampling_ratio = 0.01
  }
}

resource "google_cloud_tasks_queue_iam_member" "enqueuer" {
  for_each = local.declared.queues
  name     = google_cloud_tasks_queue.main[each.key].name
  location = var.region
  role     = "roles/cloudtasks.enqueuer"
  member   = "serviceAccount:${local.account[each.value.service]}"
}

# Who makes a task that calls in the name of an account must be allowed to use it.
resource "google_service_account_iam_member" "tasks" {
  for_each           = local.enqueuers
  service_account_id = "projects/${var.project}/serviceAccounts/${local.account["tasks"]}"
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${local.account[each.key]}"
}
