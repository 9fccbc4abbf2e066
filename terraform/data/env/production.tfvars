project = "issho-production"
