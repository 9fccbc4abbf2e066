project        = "issho-staging"
project_number = "100000000001"
