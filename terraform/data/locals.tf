locals {
  declared  = yamldecode(file("${path.module}/../declared.yaml"))
  spanner   = { for name, s in local.declared.services : name => s if try(s.store, "") == "spanner" }
  firestore = { for name, s in local.declared.services : name => s if try(s.store, "") == "firestore" }
  public    = { for id, b in local.declared.buckets : id => b if try(b.public, false) }

  member = {
    for id in concat(keys(local.declared.services), ["migrator"]) :
    id => "serviceAccount:issho-${id}@${var.project}.iam.gserviceaccount.com"
  }
}
