locals {
  declared = yamldecode(file("${path.module}/../declared.yaml"))
  programs = yamldecode(file("${path.module}/../programs.yaml"))

  # Who acts: the programs; those in whose name Google calls them; people's checks and drills; the migrator of schemas.
  identities = toset(concat(keys(local.programs), ["pubsub", "tasks", "scheduler", "ops", "migrator"]))

  # Google wants 6 to 30 characters, hence the prefix, which the programs know as well.
  account = { for id in local.identities : id => "issho-${id}" }

  secrets = merge([
    for program, p in local.programs : {
      for variable in p.secrets : "${program}-${replace(lower(variable), "_", "-")}" => program
    }
  ]...)
}
