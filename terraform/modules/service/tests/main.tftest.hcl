mock_provider "google" {}

variables {
  name          = "order"
  location      = "asia-northeast1"
  first_image   = "example.test/hello"
  account       = "issho-order@issho-test.iam.gserviceaccount.com"
  subnetwork    = "issho-inward"
  environment   = { PROJECT = "issho-test" }
  secrets       = { PAGE_KEY = "order-page-key" }
  invokers      = { gateway = "serviceAccount:issho-gateway@issho-test.iam.gserviceaccount.com" }
  cpu           = "4"
  memory        = "2Gi"
  concurrency   = 500
  min_instances = 2
  max_instances = 6
  always_cpu    = true
}

run "private" {
  command = plan

  assert {
    condition     = google_cloud_run_v2_service.main.ingress == "INGRESS_TRAFFIC_INTERNAL_ONLY" && !google_cloud_run_v2_service.main.invoker_iam_disabled
    error_message = "It is reached from inside, with a token."
  }
  assert {
    condition     = google_cloud_run_v2_service.main.template[0].vpc_access[0].egress == "ALL_TRAFFIC"
    error_message = "Everything leaves through the network."
  }
  assert {
    condition     = [for i in google_cloud_run_v2_service_iam_member.invoker : "${i.role} ${i.member}"] == ["roles/run.invoker serviceAccount:issho-gateway@issho-test.iam.gserviceaccount.com"]
    error_message = "Only its callers may call it."
  }
}

run "container" {
  command = plan

  assert {
    condition     = google_cloud_run_v2_service.main.template[0].containers[0].ports[0].name == "h2c"
    error_message = "gRPC and streams want HTTP/2 all the way."
  }
  assert {
    condition     = google_cloud_run_v2_service.main.template[0].containers[0].resources[0].cpu_idle == false && google_cloud_run_v2_service.main.template[0].containers[0].resources[0].startup_cpu_boost
    error_message = "Loops want CPU between requests; starts want more of it."
  }
  assert {
    condition     = [for e in google_cloud_run_v2_service.main.template[0].containers[0].env : e.value_source[0].secret_key_ref[0].secret if e.name == "PAGE_KEY"] == ["order-page-key"]
    error_message = "Secrets are referred to."
  }
  assert {
    condition     = [for e in google_cloud_run_v2_service.main.template[0].containers[0].env : e.value if e.name == "GOMEMLIMIT"] == ["1024MiB"]
    error_message = "Go keeps to half of the memory."
  }
  assert {
    condition     = google_cloud_run_v2_service.main.template[0].containers[0].startup_probe[0].http_get[0].path == "/health/ready" && google_cloud_run_v2_service.main.template[0].containers[0].liveness_probe[0].http_get[0].path == "/health/live"
    error_message = "Ready decides the start, live the end."
  }
}
