mock_provider "google" {}

variables {
  project = "issho-test"
}

run "states_are_kept" {
  command = plan

  assert {
    condition     = google_storage_bucket.states.versioning[0].enabled && !google_storage_bucket.states.force_destroy
    error_message = "Old states must be kept."
  }
  assert {
    condition     = google_storage_bucket.states.public_access_prevention == "enforced" && google_storage_bucket.states.uniform_bucket_level_access
    error_message = "The states must not be public."
  }
  assert {
    condition     = output.bucket == "issho-test-terraform"
    error_message = "The other roots look for the bucket by this name."
  }
}

run "refuses_a_bad_project" {
  command = plan
  variables {
    project = "Issho"
  }
  expect_failures = [var.project]
}
