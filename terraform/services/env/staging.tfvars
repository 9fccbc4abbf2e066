project        = "issho-staging"
project_number = "100000000001"
cors_origins   = ["https://staging.issho.shop"]
keep_warm      = false
