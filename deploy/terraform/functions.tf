# SPDX-License-Identifier: MIT
# The stages on Lambda, where stages_on says so. Lambda takes secrets as text only, so that the password is
# then in the state: keep that encrypted and closed, as it should be anyway.

data "aws_secretsmanager_secret_version" "password" {
  count = var.stages_on == "lambda" ? 1 : 0

  secret_id = module.database.password_secret_arn
}

module "functions" {
  source   = "./modules/function"
  for_each = local.stages_on_lambda

  prefix     = var.prefix
  stage      = each.key
  role_arn   = aws_iam_role.stages[each.key].arn
  package    = "${var.function_directory}/${each.key}.zip"
  queue_arns = { for queue in each.value : queue => aws_sqs_queue.steps[queue].arn }

  environment = {
    MESH_POSTGRES_CONNINFO = local.conninfo
    MESH_AWS_TABLE         = module.storage.table_name
    MESH_AWS_BUCKET        = module.storage.bucket_name
    MESH_AWS_QUEUE_PREFIX  = var.prefix
    PGPASSWORD             = data.aws_secretsmanager_secret_version.password[0].secret_string
  }

  subnet_ids         = var.private_subnet_ids
  security_group_id  = aws_security_group.daemons.id
  concurrency        = 10
  log_retention_days = var.log_retention_days
}
