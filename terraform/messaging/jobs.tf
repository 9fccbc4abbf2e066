resource "google_cloud_scheduler_job" "main" {
  for_each         = local.declared.jobs
  name             = each.key
  region           = var.region
  schedule         = each.value.cron
  time_zone        = "Etc/UTC"
  attempt_deadline = "60s"

  retry_config {
    retry_count          = 1
    min_backoff_duration = "5s"
  }

  http_target {
    http_method = "POST"
    uri         = "${local.url[each.value.service]}/${each.value.procedure}"
    body        = base64encode("{}")
    headers = {
      "Content-Type"             = "application/json"
      "Connect-Protocol-Version" = "1"
      "Connect-Timeout-Ms"       = "58000" # without it a request has 8 s
    }
    oidc_token {
      service_account_email = local.account["scheduler"]
      audience              = local.url[each.value.service]
    }
  }
}
