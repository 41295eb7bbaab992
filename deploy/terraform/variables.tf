# SPDX-License-Identifier: MIT
variable "region" {
  description = "Region of AWS."
  type        = string
}

variable "prefix" {
  description = "Begins the name of everything; bridged's aws.queuePrefix."
  type        = string
  default     = "mesh-"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,11}$", var.prefix))
    error_message = "1 to 12 of a-z, 0-9 and -, beginning with a letter."
  }
}

variable "table" {
  description = "DynamoDB table of all records; bridged's aws.table."
  type        = string
  default     = "order-mesh"
}

variable "bucket" {
  description = "S3 bucket of receipts, a name that nobody else has; bridged's aws.bucket."
  type        = string
}

variable "vpc_id" {
  description = "Network that the mesh lives in."
  type        = string
}

variable "private_subnet_ids" {
  description = "Subnets without a public address, in two zones at least, with a way out to customers' webhooks."
  type        = list(string)
}

variable "public_subnet_ids" {
  description = "Subnets of the load balancer."
  type        = list(string)
}

variable "private_route_table_ids" {
  description = "Route tables of the private subnets, for the ways to S3 and DynamoDB."
  type        = list(string)
}

variable "certificate_arn" {
  description = "Certificate (ACM) of the address that customers call."
  type        = string
}

variable "image_repository" {
  description = "Registry and path before the daemons' names: images are REPOSITORY/bridged:TAG and so on."
  type        = string
}

variable "image_tag" {
  description = "Version of the images; never latest."
  type        = string
}

variable "stages_on" {
  description = "Where the stages run: ecs, beside the bridge; or lambda, fed by SQS themselves."
  type        = string
  default     = "ecs"

  validation {
    condition     = contains(["ecs", "lambda"], var.stages_on)
    error_message = "ecs or lambda."
  }
}

variable "function_directory" {
  description = "Holds inventoryd.zip and so on, each with the program as bootstrap. For stages_on = lambda."
  type        = string
  default     = "functions"
}

variable "database_instance" {
  description = "Class of the PostgreSQL instance."
  type        = string
  default     = "db.m7g.large"
}

variable "database_storage_gib" {
  description = "Storage that PostgreSQL begins with; it grows to ten times that."
  type        = number
  default     = 100
}

variable "database_password_version" {
  description = "Raise it to have a new password made; daemons and functions are started anew with it."
  type        = number
  default     = 1
}

variable "deletion_protection" {
  description = "Whether table, database and load balancer refuse to be deleted."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 365
}

variable "alarm_topic_arns" {
  description = "SNS topics that are told of alarms."
  type        = list(string)
  default     = []
}

variable "depth_alarm" {
  description = "Messages in a queue that call somebody."
  type        = number
  default     = 50000
}

variable "age_alarm_seconds" {
  description = "Age of a queue's oldest message that calls somebody."
  type        = number
  default     = 300
}
