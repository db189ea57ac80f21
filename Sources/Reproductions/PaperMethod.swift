package import Jobs
package import Watermarks

/// A line of the paper's tables: how the data is marked, by the method's name; SSCL-BW's own losses have the paper's.
package struct PaperMethod: RawRepresentable, Codable, Sendable, Hashable {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }

  init(_ objective: MethodName) { rawValue = objective == .paper ? Self.sscl.rawValue : objective.rawValue }

  /// Clean data.
  static let none = PaperMethod(rawValue: "none")
  /// The three losses of SSCL-BW as published.
  static let sscl = PaperMethod(rawValue: "sscl-bw")
  /// A carrier from a secret key.
  static let keyed = PaperMethod(.keyed)
}

extension MethodRegistry {
  /// What Table I compares, in its order, with this program's own methods behind: those of them that there are.
  /// - Source: SSCL-BW, Table I
  package var ofTable1: [MethodName] {
    let baselines = ["badnets", "blended", "wanet", "ubw-p", "label-consistent", "sleeper-agent", "ubw-c"]
    let known = Set(declarations.map(\.name))
    return (baselines.map(MethodName.init(rawValue:)) + [.paper, .keyed, .assignment]).filter(known.contains)
  }
}

extension MethodName {
  /// Whether experiments mark with it at their own ε and rate; every other method is a baseline with its own.
  var isStudied: Bool { [.paper, .keyed, .assignment].contains(self) }
}
