# SPDX-License-Identifier: MIT
# What `meshctl cloud apply` makes, by the same names and numbers: `meshctl cloud check` agrees.

locals {
  # How long a consumer keeps a message, how often it is tried, and how long it waits between.
  queues = {
    inventory            = local.step
    payment              = local.step
    fulfillment          = local.step
    notification         = local.step
    "notification-retry" = { lease_ms = 60000, attempts_max = 8, backoff_base_ms = 10000, backoff_max_ms = 36000000, depth_max = 1000000 }
  }
  step = { lease_ms = 30000, attempts_max = 4, backoff_base_ms = 500, backoff_max_ms = 60000, depth_max = 100000 }

  # As long as SQS keeps a message at most.
  retention_seconds = 1209600
}

resource "aws_sqs_queue" "dead_letters" {
  #checkov:skip=CKV_AWS_27:SQS encrypts every queue with its own keys unless told otherwise; meshctl cloud check holds it to that
  for_each = local.queues

  name                      = "${var.prefix}${each.key}-DLQ"
  message_retention_seconds = local.retention_seconds
}

resource "aws_sqs_queue" "steps" {
  #checkov:skip=CKV_AWS_27:SQS encrypts every queue with its own keys unless told otherwise; meshctl cloud check holds it to that
  for_each = local.queues

  name = "${var.prefix}${each.key}"
  # Five seconds longer than the lease, so that no message is visible while it is on lease.
  visibility_timeout_seconds = each.value.lease_ms / 1000 + 5
  message_retention_seconds  = local.retention_seconds

  # Attempts are counted in the table; SQS's own count is the last resort.
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters[each.key].arn
    maxReceiveCount     = 1000
  })
}

resource "aws_dynamodb_table_item" "queue_policies" {
  for_each = local.queues

  table_name = module.storage.table_name
  hash_key   = "pk"

  item = jsonencode({
    pk              = { S = "queue/${each.key}" }
    lease_ms        = { N = tostring(each.value.lease_ms) }
    attempts_max    = { N = tostring(each.value.attempts_max) }
    backoff_base_ms = { N = tostring(each.value.backoff_base_ms) }
    backoff_max_ms  = { N = tostring(each.value.backoff_max_ms) }
    depth_max       = { N = tostring(each.value.depth_max) }
    byte_depth_max  = { N = tostring(1073741824) }
  })

  # From then on the operators' word counts: meshctl queue declare.
  lifecycle {
    ignore_changes = [item]
  }
}
