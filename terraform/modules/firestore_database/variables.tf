variable "project" {
  description = "Project id."
  type        = string
}

variable "name" {
  description = "Database, 4 to 63 characters."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,61}[a-z0-9]$", var.name))
    error_message = "A Firestore database has 4 to 63 lower-case letters, digits and hyphens."
  }
}

variable "location" {
  description = "Location of the database; it can never be changed."
  type        = string
}

variable "indexes" {
  description = "Composite indexes; a field is NAME ASCENDING, NAME DESCENDING or NAME CONTAINS."
  type = list(object({
    collection = string
    fields     = list(string)
  }))
  default = []
}

variable "ttl" {
  description = "Collection to the field that holds when a document goes."
  type        = map(string)
  default     = {}
}

variable "service_member" {
  description = "IAM member of the one service that reads and writes it."
  type        = string
}

variable "deletion_protection" {
  description = "Whether neither Terraform nor the API may delete it."
  type        = bool
  default     = true
}
