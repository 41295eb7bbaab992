# SPDX-License-Identifier: MIT
# Policies are written by `meshctl cloud policy` from protocol/policy.json: see scripts/cloud-policies.

data "aws_caller_identity" "this" {}

data "aws_partition" "this" {}

locals {
  policies = {
    for name in concat(["bridged"], keys(local.stages)) :
    name => templatefile("${path.module}/policies/${name}.json.tftpl", {
      partition = data.aws_partition.this.partition
      region    = var.region
      account   = data.aws_caller_identity.this.account_id
      prefix    = var.prefix
      table     = module.storage.table_name
      bucket    = module.storage.bucket_name
    })
  }
}

data "aws_iam_policy_document" "tasks" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.this.account_id]
    }
  }
}

data "aws_iam_policy_document" "functions" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

# The bridge is the one daemon with rights in AWS; the others reach it by the mesh's protocol alone.
resource "aws_iam_role" "bridged" {
  name               = "${var.prefix}bridged"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

resource "aws_iam_role_policy" "bridged" {
  name   = "bridged"
  role   = aws_iam_role.bridged.id
  policy = local.policies["bridged"]
}

# What ECS itself needs to start a task: its image, its log, its secrets.
resource "aws_iam_role" "starting" {
  name               = "${var.prefix}starting"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

data "aws_iam_policy_document" "starting" {
  statement {
    sid       = "Secrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = concat([module.database.password_secret_arn], [for secret in aws_secretsmanager_secret.certificates : secret.arn])
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for group in aws_cloudwatch_log_group.daemons : "${group.arn}:*"]
  }

  statement {
    #checkov:skip=CKV_AWS_356:this action knows no resource
    sid       = "Registry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "Images"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = ["arn:${data.aws_partition.this.partition}:ecr:*:${data.aws_caller_identity.this.account_id}:repository/*"]
  }
}

resource "aws_iam_role_policy" "starting" {
  name   = "starting"
  role   = aws_iam_role.starting.id
  policy = data.aws_iam_policy_document.starting.json
}

resource "aws_iam_role" "stages" {
  for_each = local.stages_on_lambda

  name               = "${var.prefix}${each.key}"
  assume_role_policy = data.aws_iam_policy_document.functions.json
}

resource "aws_iam_role_policy" "stages" {
  for_each = local.stages_on_lambda

  name   = each.key
  role   = aws_iam_role.stages[each.key].id
  policy = local.policies[each.key]
}

# A function in a network has interfaces there; IAM knows no resource to name for them.
resource "aws_iam_role_policy_attachment" "network" {
  for_each = local.stages_on_lambda

  role       = aws_iam_role.stages[each.key].name
  policy_arn = "arn:${data.aws_partition.this.partition}:iam::aws:policy/service-role/AWSLambdaENIManagementAccess"
}
