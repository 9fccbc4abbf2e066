variable "name" {
  description = "Program, and its service on Cloud Run."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,47}[a-z0-9]$", var.name))
    error_message = "A Cloud Run service has at most 49 lower-case letters, digits and hyphens."
  }
}

variable "location" {
  description = "Region."
  type        = string
}

variable "first_image" {
  description = "Image with which the service is made; from then on the deploy chooses."
  type        = string
}

variable "account" {
  description = "Account as which it runs."
  type        = string
}

variable "subnetwork" {
  description = "Subnetwork through which everything leaves it."
  type        = string
}

variable "environment" {
  description = "Environment variables."
  type        = map(string)
}

variable "secrets" {
  description = "Environment variables from Secret Manager: variable to secret."
  type        = map(string)
  default     = {}
}

variable "invokers" {
  description = "Who may call it: a name to an IAM member."
  type        = map(string)
}

variable "public" {
  description = "Whether the load balancer reaches it. Everything else is reached from inside only."
  type        = bool
  default     = false
}

variable "cpu" {
  description = "vCPUs of an instance."
  type        = string
}

variable "memory" {
  description = "Memory of an instance, as 512Mi or 2Gi."
  type        = string

  validation {
    condition     = can(regex("^[1-9][0-9]*[MG]i$", var.memory))
    error_message = "Give it in Mi or Gi."
  }
}

variable "concurrency" {
  description = "Requests at a time in an instance."
  type        = number

  validation {
    condition     = var.concurrency >= 1 && var.concurrency <= 1000
    error_message = "Cloud Run takes 1 to 1000 requests at a time."
  }
}

variable "min_instances" {
  description = "Instances that are always there."
  type        = number
}

variable "max_instances" {
  description = "Most instances, which bounds cost and the load on the stores."
  type        = number
}

variable "always_cpu" {
  description = "Whether it keeps its CPU between requests (instance-based billing)."
  type        = bool
}

variable "startup_path" {
  description = "What a new instance must answer before it gets traffic."
  type        = string
  default     = "/health/ready"
}

variable "startup_seconds" {
  description = "How long a new instance may take until it answers that, in seconds; Cloud Run waits no longer than 240."
  type        = number
  default     = 60

  validation {
    condition     = var.startup_seconds <= 240
    error_message = "Cloud Run waits no longer than 240 seconds."
  }
}

variable "deletion_protection" {
  description = "Whether Terraform may not delete it."
  type        = bool
  default     = true
}
