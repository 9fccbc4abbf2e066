project = "issho-production"
domain  = "api.issho.shop"
