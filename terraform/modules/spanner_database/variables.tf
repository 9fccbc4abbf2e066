variable "instance" {
  description = "Spanner instance."
  type        = string
}

variable "name" {
  description = "Database, 2 to 30 characters."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9_-]{0,28}[a-z0-9]$", var.name))
    error_message = "A Spanner database has 2 to 30 lower-case letters, digits, hyphens and underscores."
  }
}

variable "service_member" {
  description = "IAM member of the one service that reads and writes it."
  type        = string
}

variable "migrator_member" {
  description = "IAM member that changes its tables."
  type        = string
}

variable "deletion_protection" {
  description = "Whether neither Terraform nor the API may delete it."
  type        = bool
  default     = true
}
