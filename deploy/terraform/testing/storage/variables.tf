# SPDX-License-Identifier: MIT
variable "table" {
  description = "Name of the table."
  type        = string
}

variable "bucket" {
  description = "Name of the bucket."
  type        = string
}

variable "deletion_protection" {
  description = "Whether the table refuses to be deleted."
  type        = bool
}
