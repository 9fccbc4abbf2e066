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
  description = "The project's number, which stands in the programs' URLs."
  type        = string
}

variable "cors_origins" {
  description = "Origins of the web client, exact."
  type        = list(string)
}

variable "keep_warm" {
  description = "Whether the instances that programs.yaml names are kept when nobody calls."
  type        = bool
  default     = true
}

variable "first_image" {
  description = "What runs in a new service until its first deploy: something that answers every path."
  type        = string
  default     = "us-docker.pkg.dev/cloudrun/container/hello"
}

variable "deletion_protection" {
  description = "Whether Terraform may not delete services."
  type        = bool
  default     = true
}
