module "firestore_database" {
  source              = "../modules/firestore_database"
  for_each            = local.firestore
  project             = var.project
  name                = each.value.database
  location            = var.region
  indexes             = try(local.declared.firestore[each.key].indexes, [])
  ttl                 = try(local.declared.firestore[each.key].ttl, {})
  service_member      = local.member[each.key]
  deletion_protection = var.deletion_protection
}
