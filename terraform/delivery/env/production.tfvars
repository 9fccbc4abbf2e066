project              = "issho-production"
repository           = "projects/issho-production/locations/asia-northeast1/connections/github/repositories/issho"
github_repository_id = "1"
environment          = "production"
release_is_approved  = true
