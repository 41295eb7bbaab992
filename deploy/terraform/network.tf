# SPDX-License-Identifier: MIT
# Who may connect to whom, and the ways to AWS that do not leave the network.

locals {
  services_by_interface = toset(["sqs", "secretsmanager", "logs", "ecr.api", "ecr.dkr"])
  services_by_route     = toset(["s3", "dynamodb"])
}

resource "aws_security_group" "daemons" {
  #checkov:skip=CKV2_AWS_5:on every task and function
  name        = "${var.prefix}daemons"
  description = "Daemons and functions of the mesh"
  vpc_id      = var.vpc_id
}

resource "aws_security_group" "database" {
  #checkov:skip=CKV2_AWS_5:on the database, in its module
  name        = "${var.prefix}database"
  description = "PostgreSQL of the mesh"
  vpc_id      = var.vpc_id
}

resource "aws_security_group" "door" {
  name        = "${var.prefix}door"
  description = "Load balancer that customers reach"
  vpc_id      = var.vpc_id
}

resource "aws_security_group" "endpoints" {
  name        = "${var.prefix}endpoints"
  description = "Ways to services of AWS"
  vpc_id      = var.vpc_id
}

locals {
  # To whom: from whom, and which port.
  ways = {
    bridge     = { to = aws_security_group.daemons.id, from = aws_security_group.daemons.id, port = 9103, what = "protocol of the mesh" }
    orders     = { to = aws_security_group.daemons.id, from = aws_security_group.door.id, port = 9000, what = "orders by HTTP" }
    readiness  = { to = aws_security_group.daemons.id, from = aws_security_group.door.id, port = 9200, what = "whether ingestd is ready" }
    postgresql = { to = aws_security_group.database.id, from = aws_security_group.daemons.id, port = 5432, what = "PostgreSQL" }
    aws        = { to = aws_security_group.endpoints.id, from = aws_security_group.daemons.id, port = 443, what = "services of AWS" }
  }
}

resource "aws_security_group_rule" "in" {
  for_each = local.ways

  type                     = "ingress"
  description              = each.value.what
  security_group_id        = each.value.to
  source_security_group_id = each.value.from
  protocol                 = "tcp"
  from_port                = each.value.port
  to_port                  = each.value.port
}

resource "aws_security_group_rule" "out" {
  for_each = local.ways

  type                     = "egress"
  description              = each.value.what
  security_group_id        = each.value.from
  source_security_group_id = each.value.to
  protocol                 = "tcp"
  from_port                = each.value.port
  to_port                  = each.value.port
}

resource "aws_security_group_rule" "customers" {
  type              = "ingress"
  description       = "customers"
  security_group_id = aws_security_group.door.id
  cidr_blocks       = ["0.0.0.0/0"]
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_security_group_rule" "outside" {
  #checkov:skip=CKV_AWS_382:one port
  type              = "egress"
  description       = "webhooks, the payment provider, S3 and DynamoDB"
  security_group_id = aws_security_group.daemons.id
  cidr_blocks       = ["0.0.0.0/0"]
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_endpoint" "interfaces" {
  for_each = local.services_by_interface

  vpc_id              = var.vpc_id
  service_name        = "com.amazonaws.${var.region}.${each.value}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = var.private_subnet_ids
  security_group_ids  = [aws_security_group.endpoints.id]
  private_dns_enabled = true
}

resource "aws_vpc_endpoint" "routes" {
  for_each = local.services_by_route

  vpc_id            = var.vpc_id
  service_name      = "com.amazonaws.${var.region}.${each.value}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = var.private_route_table_ids
}

resource "aws_service_discovery_private_dns_namespace" "mesh" {
  name        = "${var.prefix}mesh.internal"
  description = "Names of the mesh's daemons"
  vpc         = var.vpc_id
}
