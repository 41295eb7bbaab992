# SPDX-License-Identifier: MIT
# Where customers' orders come in: HTTPS ends here, the way to ingestd is inside.

resource "aws_lb" "door" {
  #checkov:skip=CKV_AWS_91:every order is in ingestd's log, with its trace
  #checkov:skip=CKV2_AWS_28:ingestd limits each tenant; put a web application firewall before it where the Internet demands one
  name                       = "${var.prefix}door"
  load_balancer_type         = "application"
  internal                   = false
  security_groups            = [aws_security_group.door.id]
  subnets                    = var.public_subnet_ids
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection
  # Longer than the pause between heartbeats of an event stream.
  idle_timeout = 60
}

resource "aws_lb_target_group" "ingestd" {
  #checkov:skip=CKV_AWS_378:inside the network, between this and one daemon
  name                 = "${var.prefix}ingestd"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = 9000
  deregistration_delay = 25

  health_check {
    path                = "/readyz"
    port                = "9200"
    protocol            = "HTTP"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.door.arn
  protocol          = "HTTPS"
  port              = 443
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.ingestd.arn
  }
}
