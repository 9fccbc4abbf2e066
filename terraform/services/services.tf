module "service" {
  source              = "../modules/service"
  for_each            = local.declared.services
  name                = each.key
  location            = var.region
  first_image         = var.first_image
  account             = local.account[each.key]
  subnetwork          = local.programs[each.key].internet ? "issho-outward" : "issho-inward"
  environment         = local.environment[each.key]
  secrets             = local.secrets[each.key]
  invokers            = { for id in local.invokers[each.key] : id => "serviceAccount:${local.account[id]}" }
  cpu                 = local.programs[each.key].cpu
  memory              = local.programs[each.key].memory
  concurrency         = local.programs[each.key].concurrency
  min_instances       = var.keep_warm ? local.programs[each.key].min : 0
  max_instances       = local.programs[each.key].max
  always_cpu          = local.programs[each.key].always
  startup_seconds     = try(local.programs[each.key].startup, 60)
  deletion_protection = var.deletion_protection
}

# The one door: everybody may knock, but only through the load balancer.
module "gateway" {
  source              = "../modules/service"
  name                = "gateway"
  location            = var.region
  first_image         = var.first_image
  account             = local.account["gateway"]
  subnetwork          = "issho-inward"
  environment         = local.environment["gateway"]
  invokers            = { everybody = "allUsers" }
  public              = true
  cpu                 = local.programs["gateway"].cpu
  memory              = local.programs["gateway"].memory
  concurrency         = local.programs["gateway"].concurrency
  min_instances       = var.keep_warm ? local.programs["gateway"].min : 0
  max_instances       = local.programs["gateway"].max
  always_cpu          = local.programs["gateway"].always
  startup_path        = "/health/live"
  deletion_protection = var.deletion_protection
}
