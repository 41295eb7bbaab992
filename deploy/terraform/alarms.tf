# SPDX-License-Identifier: MIT
# What calls somebody: queues that fill, steps that grow old, anything in the dead letters, a full disk.

resource "aws_cloudwatch_metric_alarm" "depth" {
  for_each = aws_sqs_queue.steps

  alarm_name          = "${each.value.name}-depth"
  alarm_description   = "The queue fills faster than its stage works."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = each.value.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.depth_alarm
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
}

resource "aws_cloudwatch_metric_alarm" "age" {
  # What waits for customers' receivers is old by design.
  for_each = { for name, queue in aws_sqs_queue.steps : name => queue if name != "notification-retry" }

  alarm_name          = "${each.value.name}-age"
  alarm_description   = "A step has waited for too long: its stage stands still, or fails it."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = each.value.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 5
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.age_alarm_seconds
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  for_each = aws_sqs_queue.dead_letters

  alarm_name          = each.value.name
  alarm_description   = "An order needs a person: meshctl dlq ls ${each.key}, meshctl order explain."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = each.value.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
}

resource "aws_cloudwatch_metric_alarm" "database_storage" {
  alarm_name          = "${var.prefix}orders-storage"
  alarm_description   = "PostgreSQL has less than 10 GiB left."
  namespace           = "AWS/RDS"
  metric_name         = "FreeStorageSpace"
  dimensions          = { DBInstanceIdentifier = module.database.identifier }
  statistic           = "Minimum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "LessThanThreshold"
  threshold           = 10737418240
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
}
