# SPDX-License-Identifier: MIT
# PostgreSQL 15: encrypted, in private subnets, its password known to Secrets Manager alone.

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

# Neither the plan nor the state ever holds it: made once for each version, written, read back.
ephemeral "aws_secretsmanager_random_password" "orders" {
  password_length     = 40
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret" "password" {
  #checkov:skip=CKV_AWS_149:encrypted with the key that AWS keeps for this account
  #checkov:skip=CKV2_AWS_57:changed by database_password_version, with the daemons that use it
  name                    = "${var.prefix}postgres"
  recovery_window_in_days = 7
}

resource "aws_secretsmanager_secret_version" "password" {
  secret_id                = aws_secretsmanager_secret.password.id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.orders.random_password
  secret_string_wo_version = var.password_version
}

ephemeral "aws_secretsmanager_secret_version" "password" {
  secret_id = aws_secretsmanager_secret_version.password.secret_id
}

resource "aws_db_instance" "orders" {
  #checkov:skip=CKV_AWS_161:daemons log in with a password over TLS
  #checkov:skip=CKV_AWS_354:encrypted with the key that AWS keeps for this account
  #checkov:skip=CKV_AWS_118:what PostgreSQL does is in Performance Insights
  #checkov:skip=CKV2_AWS_69:rds.force_ssl in the parameter group
  #checkov:skip=CKV2_AWS_30:statements above a second are logged; all of them would hold customers' data
  identifier     = "${var.prefix}orders"
  engine         = "postgres"
  engine_version = "15"
  instance_class = var.instance_class

  db_name             = "orders"
  username            = "orders"
  password_wo         = ephemeral.aws_secretsmanager_secret_version.password.secret_string
  password_wo_version = var.password_version

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
}
