# What every program is told. environment.yaml lists it by name; a test holds that list to the programs' own configuration.

locals {
  users = {
    PROJECT       = var.project
    USER_ISSUER   = "https://securetoken.google.com/${var.project}"
    USER_AUDIENCE = var.project
    USER_JWKS_URL = "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com"
  }

  store = {
    for name, s in local.declared.services : name => merge(
      try(s.store, "") == "spanner" ? { SPANNER_DATABASE = "projects/${var.project}/instances/issho/databases/${s.database}" } : {},
      try(s.store, "") == "firestore" ? { FIRESTORE_DATABASE = s.database } : {},
      { for id, b in local.declared.buckets : b.variable => "${var.project}-${id}" if b.service == name },
    )
  }

  callees = { for from, names in local.declared.calls : from => { for name in names : "${upper(name)}_URL" => local.url[name] } }

  environment = merge(
    {
      for name, _ in local.declared.services : name => merge(local.users, local.store[name], try(local.callees[name], {}), {
        LOCATION           = var.region
        SELF_URL           = local.url[name]
        SERVICE_ISSUER     = "https://accounts.google.com"
        SERVICE_JWKS_URL   = "https://www.googleapis.com/oauth2/v3/certs"
        TELEMETRY_EXPORTER = "gcp"
      })
    },
    {
      gateway = merge(local.users, local.callees["gateway"], {
        CONCURRENCY  = local.programs["gateway"].cpu
        CORS_ORIGINS = join(",", var.cors_origins)
        MAX_HEAP_MB  = "800"
      })
    },
  )

  secrets = {
    for name, p in local.programs : name => { for variable in p.secrets : variable => "${name}-${replace(lower(variable), "_", "-")}" }
  }
}
