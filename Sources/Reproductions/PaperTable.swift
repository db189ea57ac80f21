/// A table or figure of SSCL-BW.
package enum PaperTable: String, Codable, Sendable, CaseIterable {
  /// Accuracy, success rate and visibility of watermarks (Table I).
  case table1
  /// Ownership verification in three scenarios (Table II).
  case table2
  /// Over the watermarking rate and ε (Figure 4).
  case figure4
  /// Fine-tuning and pruning (Figure 5).
  case figure5
  /// Surrogates and users of different architectures (Figure 6).
  case figure6

  /// As a heading names it.
  var title: String {
    switch self {
    case .table1: "Table I: effectiveness and stealth"
    case .table2: "Table II: ownership verification"
    case .figure4: "Figure 4: watermarking rate and ε"
    case .figure5: "Figure 5: fine-tuning and pruning"
    case .figure6: "Figure 6: transfer between architectures"
    }
  }
}
