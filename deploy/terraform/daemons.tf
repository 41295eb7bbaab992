# SPDX-License-Identifier: MIT
# The daemons on ECS: the bridge, ingestd, and the stages where they do not run as functions.

locals {
  bridge = "bridged.${aws_service_discovery_private_dns_namespace.mesh.name}"

  conninfo = "host=${module.database.address} dbname=orders user=orders sslmode=require"

  common = {
    MESH_TLS_DIR           = "/var/lib/order-mesh/certs"
    MESH_ADMIN_HOST        = "0.0.0.0"
    MESH_POSTGRES_CONNINFO = local.conninfo
    # Changes the task with the password, so that it is started anew.
    PASSWORD_VERSION = tostring(var.database_password_version)
  }

  # By queue: who takes from it.
  stages = {
    inventoryd    = ["inventory"]
    paymentd      = ["payment"]
    fulfillmentd  = ["fulfillment"]
    notificationd = ["notification", "notification-retry"]
  }

  stages_on_ecs    = var.stages_on == "ecs" ? local.stages : {}
  stages_on_lambda = var.stages_on == "lambda" ? local.stages : {}

  of_stages = merge(local.common, {
    MESH_BROKER_HOST     = local.bridge
    MESH_BROKER_PORT     = "9103"
    MESH_BROKER_IDENTITY = "bridged"
  })

  daemons = merge(
    {
      bridged = {
        MESH_TLS_DIR          = local.common.MESH_TLS_DIR
        MESH_ADMIN_HOST       = "0.0.0.0"
        MESH_LISTEN_HOST      = "0.0.0.0"
        MESH_AWS_REGION       = var.region
        MESH_AWS_TABLE        = module.storage.table_name
        MESH_AWS_BUCKET       = module.storage.bucket_name
        MESH_AWS_QUEUE_PREFIX = var.prefix
      }
      ingestd = merge(local.of_stages, {
        MESH_HTTP_HOST        = "0.0.0.0"
        MESH_LIMITER_HOST     = local.bridge
        MESH_LIMITER_PORT     = "9103"
        MESH_LIMITER_IDENTITY = "bridged"
        MESH_KEYS_HOST        = local.bridge
      })
    },
    {
      for name in keys(local.stages_on_ecs) :
      name => merge(local.of_stages, name == "fulfillmentd" ? { MESH_RECEIPTS_HOST = local.bridge } : {})
    },
  )
}

resource "aws_secretsmanager_secret" "certificates" {
  #checkov:skip=CKV_AWS_149:encrypted with the key that AWS keeps for this account
  #checkov:skip=CKV2_AWS_57:certificates are made by meshctl certs, by whoever holds the authority's key
  for_each = local.daemons

  name                    = "${var.prefix}certificates/${each.key}"
  description             = "JSON with ca, certificate and key, each PEM"
  recovery_window_in_days = 7
}

resource "aws_cloudwatch_log_group" "daemons" {
  #checkov:skip=CKV_AWS_158:encrypted with CloudWatch's keys
  for_each = local.daemons

  name              = "/order-mesh/${var.prefix}${each.key}"
  retention_in_days = var.log_retention_days
}

resource "aws_ecs_cluster" "mesh" {
  name = "${var.prefix}mesh"

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_task_definition" "daemons" {
  for_each = local.daemons

  family                   = "${var.prefix}${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "512"
  memory                   = "1024"
  execution_role_arn       = aws_iam_role.starting.arn
  task_role_arn            = each.key == "bridged" ? aws_iam_role.bridged.arn : null

  container_definitions = templatefile("${path.module}/task.json.tftpl", {
    name        = each.key
    image       = "${var.image_repository}/${each.key}:${var.image_tag}"
    environment = each.value
    certificate = aws_secretsmanager_secret.certificates[each.key].arn
    password    = each.key == "bridged" ? "" : module.database.password_secret_arn
    port        = lookup({ bridged = 9103, ingestd = 9000 }, each.key, 0)
    log_group   = aws_cloudwatch_log_group.daemons[each.key].name
    region      = var.region
  })

  volume {
    name = "certificates"
  }

  volume {
    name = "tmp"
  }
}

resource "aws_service_discovery_service" "bridged" {
  name         = "bridged"
  namespace_id = aws_service_discovery_private_dns_namespace.mesh.id

  dns_config {
    namespace_id   = aws_service_discovery_private_dns_namespace.mesh.id
    routing_policy = "MULTIVALUE"

    dns_records {
      type = "A"
      ttl  = 10
    }
  }

  health_check_custom_config {
    failure_threshold = 1
  }
}

resource "aws_ecs_service" "daemons" {
  for_each = local.daemons

  name             = each.key
  cluster          = aws_ecs_cluster.mesh.id
  task_definition  = aws_ecs_task_definition.daemons[each.key].arn
  launch_type      = "FARGATE"
  platform_version = "LATEST"
  desired_count    = 2

  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.private_subnet_ids
    security_groups  = [aws_security_group.daemons.id]
    assign_public_ip = false
  }

  dynamic "service_registries" {
    for_each = each.key == "bridged" ? [aws_service_discovery_service.bridged.arn] : []

    content {
      registry_arn = service_registries.value
    }
  }

  dynamic "load_balancer" {
    for_each = each.key == "ingestd" ? [aws_lb_target_group.ingestd.arn] : []

    content {
      target_group_arn = load_balancer.value
      container_name   = "ingestd"
      container_port   = 9000
    }
  }

  depends_on = [aws_lb_listener.https, aws_iam_role_policy.starting, aws_iam_role_policy.bridged]
}
