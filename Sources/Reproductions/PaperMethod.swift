import Jobs
import Watermarks

/// A line of the paper's tables: how the data is marked.
package enum PaperMethod: String, Codable, Sendable, CaseIterable {
  /// Clean data.
  case none
  /// The three losses of SSCL-BW as published.
  case sscl = "sscl-bw"
  /// A carrier from a secret key.
  case keyed
  /// A carrier for each of several classes.
  case assignment

  init(_ objective: MethodName) {
    self = objective == .paper ? .sscl : objective == .assignment ? .assignment : .keyed
  }

  /// nil for clean data.
  var objective: MethodName? {
    switch self {
    case .none: nil
    case .sscl: .paper
    case .keyed: .keyed
    case .assignment: .assignment
    }
  }
}
