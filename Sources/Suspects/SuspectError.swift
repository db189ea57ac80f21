import Foundations

/// Why a suspect cannot be asked. What goes wrong with a single question is a `NoAnswer`.
package enum SuspectError: Error, Sendable, Equatable {
  /// The address is no HTTP URL that this program asks.
  case url(String, reason: String)
  case credential(reason: String)
  /// A host that has no address, or none right now.
  case unresolved(host: String, message: String)
  /// An address that is never asked, or only by permission.
  case refusedAddress(host: String, address: String, rule: String)
  /// A setting of the suspect is missing or does not fit what it told us.
  case configuration(suspect: String, key: String, reason: String)
  /// Its classes are not the ones that the configuration and the release name.
  case classes(suspect: String, reason: String)
  /// It is another model than at an earlier audit.
  case modelChanged(suspect: String, expected: String, found: String)
  /// Its description could not be had; `interruption` says whether that may pass.
  case noDescription(suspect: String, interruption: Interruption)
  /// Asking was to stop before anything was asked.
  case stopped
}

extension SuspectError: CustomStringConvertible {
  package var description: String { line.printable }

  private var line: String {
    switch self {
    case .url(let url, let reason): "“\(PrintableText(url, limit: 2048))”: \(reason)"
    case .credential(let reason): "unusable credential: \(reason)"
    case .unresolved(let host, let message): "\(host): cannot be resolved: \(message)"
    case .refusedAddress(let host, let address, let rule):
      "\(host == address ? host : "\(host), which is \(address),") is not asked: \(rule)"
    case .configuration(let suspect, let key, let reason): "suspect “\(suspect)”: \(key): \(reason)"
    case .classes(let suspect, let reason): "suspect “\(suspect)”: classes: \(reason)"
    case .modelChanged(let suspect, let expected, let found):
      "suspect “\(suspect)” is another model than before (was \(expected.prefix(12)), is \(found.prefix(12)))"
    case .noDescription(let suspect, let interruption): "suspect “\(suspect)”: \(interruption)"
    case .stopped: "stopped on request"
    }
  }

  /// The stable word for the cause (docs/formats).
  package var code: String {
    switch self {
    case .url: "suspect-url"
    case .credential: "suspect-credential"
    case .unresolved: "suspect-unresolved"
    case .refusedAddress: "suspect-address"
    case .configuration: "suspect-configuration"
    case .classes: "suspect-classes"
    case .modelChanged: "suspect-changed"
    case .noDescription: "suspect-silent"
    case .stopped: "stopped"
    }
  }

  /// Whether the same suspect may be askable later with nothing changed but the world.
  package var isTransient: Bool {
    switch self {
    case .unresolved: true
    case .noDescription(_, let interruption): interruption.reason == .outage || interruption.reason == .rateLimit
    default: false
    }
  }
}
