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

variable "domain" {
  description = "Host of the API."
  type        = string
}

variable "on_call_email" {
  description = "Address of whoever is on call."
  type        = string
}

variable "runbooks_url" {
  description = "Where docs/runbooks is read."
  type        = string
  default     = "https://github.com/issho-shop/issho/blob/main/docs/runbooks"
}
