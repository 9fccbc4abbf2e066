project        = "issho-production"
project_number = "100000000002"
