project       = "issho-staging"
domain        = "api.staging.issho.shop"
on_call_email = "on-call@issho.shop"
