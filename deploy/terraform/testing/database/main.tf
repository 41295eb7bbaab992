# SPDX-License-Identifier: MIT
# The same database for a provider that knows no write-only arguments: the password is no secret here.

resource "aws_db_subnet_group" "orders" {
  name       = "${var.prefix}orders"
  subnet_ids = var.subnet_ids
}

resource "aws_db_parameter_group" "orders" {
  name   = "${var.prefix}orders"
  family = "postgres15"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }
}

resource "aws_secretsmanager_secret" "password" {
  name                    = "${var.prefix}postgres"
  recovery_window_in_days = 7
}

resource "aws_secretsmanager_secret_version" "password" {
  secret_id     = aws_secretsmanager_secret.password.id
  secret_string = "not-a-secret-${var.password_version}"
}

resource "aws_db_instance" "orders" {
  identifier     = "${var.prefix}orders"
  engine         = "postgres"
  engine_version = "15"
  instance_class = var.instance_class

  name     = "orders"
  username = "orders"
  password = aws_secretsmanager_secret_version.password.secret_string

  allocated_storage     = var.storage_gib
  max_allocated_storage = 10 * var.storage_gib
  storage_type          = "gp3"
  storage_encrypted     = true

  db_subnet_group_name   = aws_db_subnet_group.orders.name
  parameter_group_name   = aws_db_parameter_group.orders.name
  vpc_security_group_ids = [var.security_group_id]
  publicly_accessible    = false
  multi_az               = true

  backup_retention_period   = 14
  copy_tags_to_snapshot     = true
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = !var.deletion_protection
  final_snapshot_identifier = "${var.prefix}orders-final"

  auto_minor_version_upgrade      = true
  performance_insights_enabled    = true
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]

  # The stand-in does not tell it back.
  lifecycle {
    ignore_changes = [enabled_cloudwatch_logs_exports]
  }
}
