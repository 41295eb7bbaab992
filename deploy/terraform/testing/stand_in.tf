# SPDX-License-Identifier: MIT
variable "stand_in" {
  description = "Address of the stand-in for AWS."
  type        = string
}
