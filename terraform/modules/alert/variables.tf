variable "name" {
  description = "What is wrong, as somebody reads it on a phone at night."
  type        = string
}

variable "meaning" {
  description = "What it means for customers, in a sentence."
  type        = string
}

variable "queries" {
  description = "PromQL conditions; all must hold."
  type        = list(string)
  default     = []
}

variable "burns" {
  description = "Promises by full name, the window as 3600s, and how many times faster than allowed their allowance may be spent in it; all must hold."
  type = list(object({
    slo    = string
    window = string
    rate   = number
  }))
  default = []

  validation {
    condition     = length(var.burns) == 0 || length(var.burns) == 2
    error_message = "A long window, and a short one that ends the alert with its cause."
  }
}

variable "duration" {
  description = "How long the queries must hold, as 300s."
  type        = string
  default     = "0s"
}

variable "severity" {
  description = "CRITICAL wakes somebody, WARNING waits for the morning."
  type        = string

  validation {
    condition     = contains(["CRITICAL", "WARNING"], var.severity)
    error_message = "CRITICAL or WARNING."
  }
}

variable "channels" {
  description = "Where it is told."
  type        = list(string)
}

variable "runbook" {
  description = "Address of the page that says what to do."
  type        = string
}
