import Suspects

@testable import Service
@testable import ServiceConfiguration

extension SuspectSettings {
  /// A suspect of that name that is audited once a year, or when somebody asks for it.
  static func acme(dataset: String, schedule: String = "@yearly") -> SuspectSettings {
    var suspect = SuspectSettings()
    suspect.endpoint.name = "acme"
    suspect.endpoint.url = "https://acme.example/v2/models/m"
    suspect.dataset = dataset
    suspect.plan.schedule = schedule
    return suspect
  }
}
