# What does not even reach the gateway. WAF rules run in preview until their logs are quiet: JSON and protobuf bodies look
# odd to them.

locals {
  # Stripe's webhook is signed and comes in bursts; it is neither rated nor inspected.
  not_stripe = "request.path != '/webhooks/stripe'"

  waf = {
    10 = "sqli-v33-stable"
    11 = "xss-v33-stable"
    12 = "lfi-v33-stable"
    13 = "rce-v33-stable"
    14 = "protocolattack-v33-stable"
    15 = "cve-canary"
  }
}

resource "google_compute_security_policy" "main" {
  name = "issho"
  type = "CLOUD_ARMOR"

  adaptive_protection_config {
    layer_7_ddos_defense_config {
      enable = true
    }
  }

  advanced_options_config {
    json_parsing = "STANDARD"
    log_level    = "NORMAL"
  }

  # Who asks far more than a person can is banned for a while.
  rule {
    priority = 100
    action   = "rate_based_ban"
    match {
      expr {
        expression = local.not_stripe
      }
    }
    rate_limit_options {
      conform_action   = "allow"
      exceed_action    = "deny(429)"
      enforce_on_key   = "IP"
      ban_duration_sec = 600
      rate_limit_threshold {
        count        = var.requests_per_minute
        interval_sec = 60
      }
      ban_threshold {
        count        = var.requests_per_minute * 5
        interval_sec = 300
      }
    }
  }

  dynamic "rule" {
    for_each = local.waf
    content {
      priority = tonumber(rule.key) # before the rate, whose conforming requests are let in at once
      action   = "deny(403)"
      preview  = !var.enforce_waf
      match {
        expr {
          expression = "${local.not_stripe} && evaluatePreconfiguredWaf('${rule.value}', {'sensitivity': 1})"
        }
      }
    }
  }

  rule {
    priority = 2147483647
    action   = "allow"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}
