project              = "issho-staging"
repository           = "projects/issho-staging/locations/asia-northeast1/connections/github/repositories/issho"
github_repository_id = "1"
environment          = "staging"
release_is_approved  = false
