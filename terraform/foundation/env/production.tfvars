project            = "issho-production"
project_number     = "100000000002"
billing_account    = "000000-000000-000000"
monthly_budget_jpy = 400000
web_domains        = ["issho.shop"]
