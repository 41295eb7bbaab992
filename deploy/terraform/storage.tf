# SPDX-License-Identifier: MIT
module "storage" {
  source = "./modules/storage"

  table               = var.table
  bucket              = var.bucket
  deletion_protection = var.deletion_protection
}
