terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.45"
    }
  }

  # The bucket is given at init: -backend-config=bucket=<project>-terraform.
  backend "gcs" {
    prefix = "observability"
  }
}

provider "google" {
  project = var.project
  region  = var.region
}
