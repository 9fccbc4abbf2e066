variable "project" {
  description = "Project id; one project per environment."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "region" {
  description = "Region of everything that has one."
  type        = string
  default     = "asia-northeast1"
}

variable "environment" {
  description = "What a release is for: the name of the settings in every root's env/."
  type        = string

  validation {
    condition     = contains(["staging", "production"], var.environment)
    error_message = "staging or production."
  }
}

variable "release_is_approved" {
  description = "Whether a person must say yes before a release begins."
  type        = bool
  default     = true
}

variable "repository" {
  description = "Repository as Cloud Build knows it: projects/…/locations/…/connections/…/repositories/…."
  type        = string
}

variable "github_repository_id" {
  description = "The repository's number at GitHub; a name can be taken over, a number cannot."
  type        = string

  validation {
    condition     = can(regex("^[0-9]+$", var.github_repository_id))
    error_message = "Give the number, not the name."
  }
}
