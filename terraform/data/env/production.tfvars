cors_origins                 = ["https://issho.shop"]
project                      = "issho-production"
project_number               = "100000000002"
spanner_max_processing_units = 3000
