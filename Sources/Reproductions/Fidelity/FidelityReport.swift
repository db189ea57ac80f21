package import Fidelity
import Foundation
package import Foundations
import Jobs

/// The fidelity table as this program measures it (docs/formats, "Reproductions").
package struct FidelityReport: Codable, Sendable, Equatable {
  package private(set) var program = ProgramVersion.current
  package let dataset: FidelityDataset
  package let scale: PaperScale
  /// Of the archive.
  package let archive: HexDigest
  package let trainingSamples: Int
  /// Held-out images that the figures are of.
  package let images: Int
  package let settings: FidelitySettings
  package let seed: UInt64
  /// The host first.
  package let rows: [Row]

  /// A model.
  package struct Row: Codable, Sendable, Equatable {
    /// Nil for the host.
    package var embedding: Embedding?
    package var figures: FidelityFigures
    /// The paper's accuracy, where METHODS has it.
    package var paperAccuracy: Double?

    private enum CodingKeys: String, CodingKey {
      case embedding, figures
      case paperAccuracy = "paper_accuracy"
    }
  }

  package struct Embedding: Codable, Sendable, Equatable {
    package var loss: EmbeddingLoss
    package var fixesLastLayer: Bool
    package var isFromScratch: Bool

    var name: String {
      ([isFromScratch ? "scratch" : "fine-tuned", loss.rawValue] + (fixesLastLayer ? ["fixll"] : []))
        .joined(separator: "-")
    }
  }
}

extension FidelityReport {
  /// For a terminal: what was run, then a row a model, the paper's number in brackets beside ours.
  package var lines: [String] {
    let sizes = "\(trainingSamples) training images, figures of \(images) others"
    let head = [
      "Deep fidelity, \(dataset.title), scale \(scale.rawValue)",
      "data      \(sizes); \(settings.triggers) triggers with the published labels",
      "models    \(settings.model), host \(settings.hostEpochs) epochs, embedding \(settings.epochs), Adam at "
        + "\(String(format: "%g", settings.rate)); seed \(seed)",
      "",
    ]
    let heading = [
      "start", "loss", "last layer", "accuracy (paper)", "triggers", "TWL", "PFL", "SPL", "agrees on",
    ]
    return head + TextTable([heading] + rows.map(Self.cells)).lines
  }

  private static func cells(_ row: Row) -> [String] {
    let figures = row.figures
    let paper = row.paperAccuracy.map { " (\(share($0)))" } ?? ""
    let names =
      row.embedding.map {
        [$0.isFromScratch ? "scratch" : "fine-tuned", $0.loss.rawValue, $0.fixesLastLayer ? "fixed" : "learned"]
      } ?? ["host", "", ""]
    return names + [share(figures.accuracy) + paper, figures.triggerAccuracy.map(share) ?? ""]
      + [figures.twl, figures.pfl, figures.spl].map { String(format: "%.4g", $0) } + [share(figures.agreement)]
  }

  private static func share(_ value: Double) -> String { String(format: "%.4f", value) }
}
