output "environment" {
  description = "What each program is given, secrets included, by name."
  value       = { for name, e in local.environment : name => sort(concat(keys(e), keys(local.secrets[name]))) }
}

output "urls" {
  description = "Where each program is served; reached from inside only."
  value       = local.url
}
