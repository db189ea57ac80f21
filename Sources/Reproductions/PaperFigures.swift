import Trials
import Watermarks

/// What SSCL-BW prints for a row; nil where it prints nothing or only draws it, as in Figures 4 to 6.
package struct PaperFigures: Codable, Sendable, Equatable {
  /// In [0, 1].
  package var ba: Double?
  package var wsr: Double?
  package var deltaP: Double?
  /// Of the t-test.
  package var pT: Double?
  package var lpips: Double?
  /// What LPIPS is below, where the number itself is lost.
  package var lpipsBelow: Double?

  private enum CodingKeys: String, CodingKey {
    case ba, wsr, lpips
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

  /// BA, WSR and, where it is legible, LPIPS of the other methods.
  /// - Source: SSCL-BW, Table I
  private static let baselines: [PaperDataset: [String: (Double, Double, Double?)]] = [
    .cifar10: [
      "badnets": (0.9152, 1, nil), "blended": (0.9161, 1, 0.028), "wanet": (0.9048, 0.955, 0.003),
      "ubw-p": (0.9059, 0.923, nil), "label-consistent": (0.8294, 0.96, 0.033), "sleeper-agent": (0.8606, 0.706, 0.082),
      "ubw-c": (0.8699, 0.898, 0.008),
    ],
    .tinyImageNet: [
      "badnets": (0.6564, 1, 0.023), "blended": (0.6528, 0.88, 0.142), "wanet": (0.6256, 0.78, 0.019),
      "ubw-p": (0.626, 0.82, 0.029), "label-consistent": (0.6236, 0.3, 0.066), "sleeper-agent": (0.5692, 0.06, nil),
      "ubw-c": (0.5964, 0.74, 0.044),
    ],
    .mnist: [
      "badnets": (0.9625, 0.9919, 0.0003), "blended": (0.9819, 0.9924, 0.0091), "wanet": (0.9765, 0.9661, nil),
      "ubw-p": (0.9858, 0.204, 0.0002), "label-consistent": (0.9892, 0.1284, nil),
      "sleeper-agent": (0.9569, 0.157, nil),
      "ubw-c": (0.9798, 0.8275, 0.0002),
    ],
  ]

  /// The published numbers of a baseline are its own, those beside this program's own methods SSCL-BW's.
  static func table1(_ dataset: PaperDataset, _ method: PaperMethod) -> Self? {
    guard let figures = effectiveness[dataset] else { return nil }
    switch method {
    case .none: return Self(ba: figures.clean)
    case .sscl, .keyed, PaperMethod(.assignment):
      return Self(ba: figures.marked, wsr: figures.wsr, lpipsBelow: visibility[dataset])
    default: return baselines[dataset]?[method.rawValue].map { Self(ba: $0.0, wsr: $0.1, lpips: $0.2) }
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
