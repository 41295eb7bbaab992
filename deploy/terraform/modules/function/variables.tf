# SPDX-License-Identifier: MIT
variable "prefix" {
  description = "Begins the names."
  type        = string
}

variable "stage" {
  description = "Name of the stage's daemon."
  type        = string
}

variable "role_arn" {
  description = "Role with the stage's policy."
  type        = string
}

variable "package" {
  description = "Archive with the program as bootstrap."
  type        = string
}

variable "queue_arns" {
  description = "Queues that feed it, by the mesh's names."
  type        = map(string)
}

variable "environment" {
  description = "Configuration, MESH_... and PGPASSWORD."
  type        = map(string)
  sensitive   = true
}

variable "subnet_ids" {
  description = "Private subnets."
  type        = list(string)
}

variable "security_group_id" {
  description = "What it may reach."
  type        = string
}

variable "concurrency" {
  description = "Invocations side by side."
  type        = number
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
}
