project       = "issho-production"
on_call_email = "on-call@issho.shop"
