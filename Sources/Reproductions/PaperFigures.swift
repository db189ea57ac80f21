import Trials

/// What SSCL-BW prints for a row; nil where it prints nothing or only draws it, as in Figures 4 to 6.
package struct PaperFigures: Codable, Sendable, Equatable {
  /// In [0, 1].
  package var ba: Double?
  package var wsr: Double?
  package var deltaP: Double?
  /// Of the t-test.
  package var pT: Double?
  /// What LPIPS is below; the number itself is lost.
  package var lpipsBelow: Double?

  private enum CodingKeys: String, CodingKey {
    case ba, wsr
    case deltaP = "delta_p"
    case pT = "p_t"
    case lpipsBelow = "lpips_below"
  }

  /// BA without and with the watermark, WSR.
  /// - Source: SSCL-BW, Table I
  private static let effectiveness: [PaperDataset: (clean: Double, marked: Double, wsr: Double)] = [
    .mnist: (0.9923, 0.9869, 0.982), .cifar10: (0.9253, 0.8678, 0.9786), .tinyImageNet: (0.673, 0.6247, 0.8275),
  ]

  /// LPIPS of SSCL-BW is not legible in the text that this was written from. It is said to be lower than that of all other
  /// methods of the table: these are the least of theirs that are legible (WaNet, WaNet, UBW-P).
  /// - Source: SSCL-BW, Table I and §IV-B
  private static let visibility: [PaperDataset: Double] = [.mnist: 0.0002, .cifar10: 0.003, .tinyImageNet: 0.019]

  /// p-values of the independent scenarios; that of the malicious one is not legible in the text that this was written from.
  /// - Source: SSCL-BW, Table II
  private static let independentP = 1.0

  /// ΔP of the three scenarios.
  /// - Source: SSCL-BW, Table II
  private static let verification: [PaperDataset: [QualificationRow.Scenario: Double]] = [
    .mnist: [.independentWatermark: -0.0315, .independentModel: 0.1029, .malicious: 0.8665],
    .cifar10: [.independentWatermark: -0.0382, .independentModel: -0.0416, .malicious: 0.9640],
    .tinyImageNet: [.independentWatermark: 0.0988, .independentModel: 0.0059, .malicious: 0.9880],
  ]

  /// The published numbers are SSCL-BW's; other methods' rows stand beside them.
  static func table1(_ dataset: PaperDataset, _ method: PaperMethod) -> Self? {
    guard let figures = effectiveness[dataset] else { return nil }
    switch method {
    case .none: return Self(ba: figures.clean)
    case .sscl, .keyed, .assignment: return Self(ba: figures.marked, wsr: figures.wsr, lpipsBelow: visibility[dataset])
    }
  }

  static func table2(_ dataset: PaperDataset, _ scenario: QualificationRow.Scenario) -> Self? {
    verification[dataset]?[scenario].map {
      Self(deltaP: $0, pT: scenario == .malicious ? nil : independentP)
    }
  }

  /// Malicious minus the worst of the innocent scenarios.
  static func gap(_ dataset: PaperDataset) -> Double? {
    guard let figures = verification[dataset], let guilty = figures[.malicious] else { return nil }
    return figures.filter { $0.key != .malicious }.values.max().map { guilty - $0 }
  }
}
