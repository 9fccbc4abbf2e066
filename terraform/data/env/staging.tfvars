cors_origins                 = ["https://staging.issho.shop"]
project                      = "issho-staging"
project_number               = "100000000001"
spanner_max_processing_units = 1000
spanner_min_processing_units = 100
