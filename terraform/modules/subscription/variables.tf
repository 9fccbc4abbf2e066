variable "name" {
  description = "Subscription, <topic>-<service>."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,254}$", var.name)) && !startswith(var.name, "goog")
    error_message = "Pub/Sub wants 3 to 255 characters that do not begin with goog."
  }
}

variable "topic" {
  description = "Topic whose events are pushed."
  type        = string
}

variable "dead_letter" {
  description = "Topic, and subscription, of what failed."
  type        = string
}

variable "audience" {
  description = "Base URL of the receiver, which is the audience of the pushes' tokens."
  type        = string
}

variable "push_account" {
  description = "Account in whose name Pub/Sub pushes."
  type        = string
}

variable "types" {
  description = "The ce-types of the events that are brought; others are not. A change replaces the subscription."
  type        = list(string)

  validation {
    condition     = length(join(" OR ", [for type in var.types : "attributes.\"ce-type\" = \"${type}\""])) <= 256
    error_message = "Pub/Sub takes a filter of 256 bytes at most."
  }
}

variable "attempts" {
  description = "Deliveries before the dead letter."
  type        = number

  validation {
    condition     = var.attempts >= 5 && var.attempts <= 100
    error_message = "Pub/Sub wants 5 to 100 attempts."
  }
}

variable "min_backoff" {
  description = "Shortest pause between deliveries, as 1s."
  type        = string
}

variable "max_backoff" {
  description = "Longest pause between deliveries, as 60s."
  type        = string
}

variable "service_member" {
  description = "IAM member of the receiver."
  type        = string
}

variable "pubsub_agent_member" {
  description = "IAM member of Pub/Sub's own agent."
  type        = string
}
