locals {
  declared = yamldecode(file("${path.module}/../declared.yaml"))

  # Where Cloud Run serves a program: known before it exists.
  url = { for name, _ in local.declared.services : name => "https://${name}-${var.project_number}.${var.region}.run.app" }

  account = {
    for id in concat(keys(local.declared.services), ["pubsub", "tasks", "scheduler"]) :
    id => "issho-${id}@${var.project}.iam.gserviceaccount.com"
  }

  pubsub_agent = "serviceAccount:service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"

  publishers = merge([
    for service, topics in local.declared.publishes : { for topic in topics : "${service} to ${topic}" => { service = service, topic = topic } }
  ]...)

  enqueuers = toset([for q in local.declared.queues : q.service])
}
