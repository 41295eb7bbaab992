# SPDX-License-Identifier: MIT
# The same function for a provider that knows neither the runtime of 2023 nor answers about parts of a batch.

resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/${var.prefix}${var.stage}"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_function" "stage" {
  function_name = "${var.prefix}${var.stage}"
  role          = var.role_arn
  runtime       = "provided.al2"
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
}
