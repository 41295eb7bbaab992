# SPDX-License-Identifier: MIT
# One stage as a function on the custom runtime, fed by its queues.

resource "aws_cloudwatch_log_group" "function" {
  #checkov:skip=CKV_AWS_158:encrypted with CloudWatch's keys
  name              = "/aws/lambda/${var.prefix}${var.stage}"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_function" "stage" {
  #checkov:skip=CKV_AWS_50:orders carry a trace of their own through all stages
  #checkov:skip=CKV_AWS_116:what a stage cannot do lies in its queue's dead letters
  #checkov:skip=CKV_AWS_173:encrypted with the key that AWS keeps for this account
  #checkov:skip=CKV_AWS_272:packages come from the same pipeline as this
  function_name = "${var.prefix}${var.stage}"
  role          = var.role_arn
  runtime       = "provided.al2023"
  handler       = "bootstrap"

  filename         = var.package
  source_code_hash = filebase64sha256(var.package)

  memory_size = 512
  # Shorter than any lease: SQS must not show a message that is worked on.
  timeout = 25
  # Each has a connection to PostgreSQL.
  reserved_concurrent_executions = var.concurrency

  vpc_config {
    subnet_ids         = var.subnet_ids
    security_group_ids = [var.security_group_id]
  }

  environment {
    variables = var.environment
  }

  depends_on = [aws_cloudwatch_log_group.function]
}

resource "aws_lambda_event_source_mapping" "queues" {
  for_each = var.queue_arns

  event_source_arn = each.value
  function_name    = aws_lambda_function.stage.arn
  batch_size       = 10
  # What a batch did not finish comes back, and nothing else.
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.concurrency
  }
}
