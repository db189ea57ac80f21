package import Suspects

/// `[[suspect]]`: a model that may have been trained on a release, and when and how it is asked.
package struct SuspectSettings: Sendable, Equatable {
  /// How it is spoken to; its `name` is the suspect's.
  package var endpoint = Suspect(name: "", kind: .v2, url: "")
  package var dataset = ""
  /// The number of the release that it is asked about; 0: the newest when its first audit is filed.
  package var release = 0
  /// The name of a credential of the service manager, or an absolute path of a file that nobody else may read.
  package var credential = ""
  /// An absolute path of an archive of images that were never released.
  package var heldOut = ""
  package var plan = AuditPlanSettings()

  package init() {}

  package var name: String { endpoint.name }

  /// Where its credential is to lie; nil if it has none, and if the service manager was to give it and gave nothing.
  /// - Parameter credentials: the service manager's directory of credentials.
  package func credentialPath(in credentials: String?) -> String? {
    if credential.isEmpty { return nil }
    return credential.hasPrefix("/") ? credential : credentials.map { "\($0)/\(credential)" }
  }
}

extension Configuration {
  package func suspect(named name: String) -> SuspectSettings? { suspects.first { $0.name == name } }
}
