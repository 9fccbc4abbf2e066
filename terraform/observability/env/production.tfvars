project       = "issho-production"
domain        = "api.issho.shop"
on_call_email = "on-call@issho.shop"
