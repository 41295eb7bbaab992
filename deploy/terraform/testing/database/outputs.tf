# SPDX-License-Identifier: MIT
output "address" {
  description = "Host name of PostgreSQL."
  value       = aws_db_instance.orders.address
}

output "identifier" {
  description = "Name of the instance."
  value       = aws_db_instance.orders.identifier
}

output "password_secret_arn" {
  description = "Secret that holds the password."
  value       = aws_secretsmanager_secret.password.arn
}
