# SPDX-License-Identifier: MIT
module "database" {
  source = "./modules/database"

  prefix              = var.prefix
  subnet_ids          = var.private_subnet_ids
  security_group_id   = aws_security_group.database.id
  instance_class      = var.database_instance
  storage_gib         = var.database_storage_gib
  password_version    = var.database_password_version
  deletion_protection = var.deletion_protection
}
