project            = "issho-staging"
project_number     = "100000000001"
billing_account    = "000000-000000-000000"
monthly_budget_jpy = 80000
web_domains        = ["staging.issho.shop"]
