# SPDX-License-Identifier: MIT
terraform {
  # Passwords that never reach the state need write-only arguments.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = { application = "order-mesh", mesh = var.prefix }
  }
}
