project        = "issho-production"
project_number = "100000000002"
cors_origins   = ["https://issho.shop"]
keep_warm      = true
