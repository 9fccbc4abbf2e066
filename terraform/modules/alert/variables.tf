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
}

variable "duration" {
  description = "How long they must hold, as 300s."
  type        = string
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
