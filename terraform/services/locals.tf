locals {
  declared = yamldecode(file("${path.module}/../declared.yaml"))
  programs = yamldecode(file("${path.module}/../programs.yaml"))

  url     = { for name, _ in local.programs : name => "https://${name}-${var.project_number}.${var.region}.run.app" }
  account = { for id in concat(keys(local.programs), ["pubsub", "tasks", "scheduler", "ops", "migrator"]) : id => "issho-${id}@${var.project}.iam.gserviceaccount.com" }

  # Who calls a service: the programs that are declared to, and those in whose name Google does.
  invokers = {
    for name, _ in local.declared.services : name => toset(concat(
      [for from, callees in local.declared.calls : from if contains(callees, name)],
      [for s in local.declared.subscriptions : "pubsub" if s.service == name],
      [for q in local.declared.queues : "tasks" if q.service == name],
      [for j in local.declared.jobs : "scheduler" if j.service == name],
      ["ops"],
    ))
  }
}
