project = "issho-staging"
