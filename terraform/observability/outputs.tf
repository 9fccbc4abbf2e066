output "alerts" {
  description = "What is sent with each alert."
  value       = { for id, a in module.alert : id => a.documentation }
}
