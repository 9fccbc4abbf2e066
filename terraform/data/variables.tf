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

variable "project_number" {
  description = "The project's number, by which Google names its own agents."
  type        = string
}

variable "spanner_min_processing_units" {
  description = "Least capacity of Spanner: 1000 (one node) and more scales by itself, less is fixed."
  type        = number
  default     = 1000

  validation {
    condition     = var.spanner_min_processing_units >= 100 && var.spanner_min_processing_units % (var.spanner_min_processing_units < 1000 ? 100 : 1000) == 0
    error_message = "Hundreds of processing units below 1000, then nodes of 1000."
  }
}

variable "spanner_max_processing_units" {
  description = "Most capacity of Spanner, which bounds what it costs."
  type        = number
  default     = 3000
}

variable "cors_origins" {
  description = "Origins of the web apps that put pictures into a bucket: https://, no path."
  type        = list(string)
  default     = []
}

variable "deletion_protection" {
  description = "Whether what holds data is protected from being deleted."
  type        = bool
  default     = true
}
