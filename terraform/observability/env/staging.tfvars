project       = "issho-staging"
on_call_email = "on-call@issho.shop"
