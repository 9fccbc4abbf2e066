project = "issho-staging"
domain  = "api.staging.issho.shop"
