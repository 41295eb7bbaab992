# SPDX-License-Identifier: MIT
output "address" {
  description = "Host name that customers' address points to."
  value       = aws_lb.door.dns_name
}

output "database_address" {
  description = "Host name of PostgreSQL, for meshctl db migrate from inside the network."
  value       = module.database.address
}

output "certificate_secrets" {
  description = "Secrets to put certificates in, by daemon."
  value       = { for name, secret in aws_secretsmanager_secret.certificates : name => secret.name }
}
