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

variable "requests_per_minute" {
  description = "Requests a minute from one address before it is refused; five times as many in five minutes ban it."
  type        = number
  default     = 1200
}

variable "enforce_waf" {
  description = "Whether the WAF refuses, or only logs what it would have."
  type        = bool
  default     = false
}
