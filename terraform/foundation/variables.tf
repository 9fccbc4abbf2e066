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
  description = "The project's number, which budgets know it by."
  type        = string
}

variable "billing_account" {
  description = "Billing account that pays for the project."
  type        = string
}

variable "monthly_budget_jpy" {
  description = "What a month may cost, in yen, before somebody is told."
  type        = number
}

variable "web_domains" {
  description = "Hosts of the web client on which customers may sign in."
  type        = list(string)
}

variable "deletion_protection" {
  description = "Whether what cannot be made again is protected from being deleted."
  type        = bool
  default     = true
}
