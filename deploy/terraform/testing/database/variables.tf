# SPDX-License-Identifier: MIT
variable "prefix" {
  description = "Begins the names."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets, in two zones at least."
  type        = list(string)
}

variable "security_group_id" {
  description = "Who may connect."
  type        = string
}

variable "instance_class" {
  description = "Class of the instance."
  type        = string
}

variable "storage_gib" {
  description = "Storage to begin with."
  type        = number
}

variable "password_version" {
  description = "Raised to have a new password made."
  type        = number
}

variable "deletion_protection" {
  description = "Whether the database refuses to be deleted, and leaves a snapshot when it is."
  type        = bool
}
