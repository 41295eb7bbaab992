# SPDX-License-Identifier: MIT
output "table_name" {
  description = "Name of the table of records."
  value       = aws_dynamodb_table.records.name
}

output "bucket_name" {
  description = "Name of the bucket of receipts."
  value       = aws_s3_bucket.receipts.bucket
}
