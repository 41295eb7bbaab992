# SPDX-License-Identifier: MIT
# Beside the others only in tests (scripts/test-deploy): everything goes to a stand-in for AWS, by a provider
# of 2021, the newest that can be had without HashiCorp's registry. What that one does not know yet stands in
# modules of their own, which the tests put in the place of the real ones.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "3.39.0"
    }
  }
}

provider "aws" {
  s3_force_path_style         = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = false

  endpoints {
    cloudwatch       = var.stand_in
    cloudwatchlogs   = var.stand_in
    dynamodb         = var.stand_in
    ec2              = var.stand_in
    ecs              = var.stand_in
    elb              = var.stand_in
    iam              = var.stand_in
    lambda           = var.stand_in
    rds              = var.stand_in
    s3               = var.stand_in
    secretsmanager   = var.stand_in
    servicediscovery = var.stand_in
    sqs              = var.stand_in
    sts              = var.stand_in
  }
}

module "storage" {
  source = "./testing/storage"
}

module "database" {
  source = "./testing/database"
}

module "functions" {
  source = "./testing/function"
}

# The stand-in names no service-linked role, without which this provider ends in a panic; and what it does not
# tell back (all of it is in the request that it takes) is not compared.
resource "aws_ecs_service" "daemons" {
  iam_role = aws_iam_role.starting.arn

  lifecycle {
    ignore_changes = [deployment_minimum_healthy_percent, deployment_maximum_percent]
  }
}

resource "aws_ecs_cluster" "mesh" {
  lifecycle {
    ignore_changes = [setting]
  }
}

resource "aws_vpc_endpoint" "interfaces" {
  lifecycle {
    ignore_changes = [security_group_ids, private_dns_enabled]
  }
}

# Of alarms as this provider asks for them, the stand-in keeps the name and the threshold; it understands those of
# CloudFormation, which the tests look at.
resource "aws_cloudwatch_metric_alarm" "depth" {
  lifecycle {
    ignore_changes = [actions_enabled, alarm_description, dimensions, period, statistic, treat_missing_data]
  }
}

resource "aws_cloudwatch_metric_alarm" "age" {
  lifecycle {
    ignore_changes = [actions_enabled, alarm_description, dimensions, period, statistic, treat_missing_data]
  }
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  lifecycle {
    ignore_changes = [actions_enabled, alarm_description, dimensions, period, statistic, treat_missing_data]
  }
}

resource "aws_cloudwatch_metric_alarm" "database_storage" {
  lifecycle {
    ignore_changes = [actions_enabled, alarm_description, dimensions, period, statistic, treat_missing_data]
  }
}
