import Archives
package import Evidence
import Foundation
package import Foundations
import NeuralNet
import Releases
import Watermarks
import Work

/// Models that never saw a release, and what they answer to every image of its verification pool, clean and under the
/// release's key: what a suspect's ΔP is ranked among (docs/formats, "Reference panel").
///
/// The models belong to a dataset, the scores to a release: another release has another key, and what a model answers
/// to one key says nothing about the next.
/// - Source: METHODS §5.1
package struct ReferencePanel: Sendable {
  static let currentFormat = "dandyroll-panel/1"

  /// A model of the panel, trained.
  package struct Member: Codable, Sendable, Equatable {
    package var name: String
    package var architecture: String
    package var width: Int
    package var seed: UInt64
    /// "all", "first-half" or "second-half" of the drawn training samples.
    package var part: String
    package var augments: Bool
    package var epochs: Int
    /// Digest of the archive that it learned from, which may be an earlier one of the same dataset; nil as a daemon
    /// hands it out.
    package var source: String?
    /// Benign accuracy on the held-out split, and ΔP over the whole pool.
    package var ba: Double
    package var deltaP: Double

    private enum CodingKeys: String, CodingKey {
      case name, architecture, width, seed, part, augments, epochs, source, ba
      case deltaP = "delta_p"
    }
  }

  /// What the tensors mean.
  struct Document: Codable, Sendable, Equatable {
    var format = ReferencePanel.currentFormat
    var release: String
    /// The released archive, whose images the pool's indices count, and the generator.
    var archive: HexDigest
    var generator: HexDigest
    private var targetClass: Int?
    private var claimKind: Claim.Kind?
    private var assignedClasses: [Int]?
    /// Multiples of ε on the marked images.
    var amplitude: Int
    /// G, carriers of the release's key.
    var keySize: Int
    /// (m), indices of the pool's images, ascending.
    var samples: [Int]
    /// (n).
    var models: [Member]

    init(
      release: String, archive: HexDigest, generator: HexDigest, claim: Claim, amplitude: Int, keySize: Int,
      samples: [Int], models: [Member]
    ) {
      self.release = release
      self.archive = archive
      self.generator = generator
      (targetClass, claimKind, assignedClasses) = claim.members
      self.amplitude = amplitude
      self.keySize = keySize
      self.samples = samples
      self.models = models
    }

    /// What the scores are of.
    var claim: Claim { Claim(targetClass: targetClass, claimKind: claimKind, assignedClasses: assignedClasses) }

    /// Scores of an image in a column that does not concern it are there, and never looked at.
    var shapes: (clean: [Int], marked: [Int]) {
      (
        claim.columns == 1 ? [models.count, samples.count] : [models.count, keySize, samples.count],
        [models.count, keySize, samples.count]
      )
    }
  }

  /// The claim's scores, and whether the prediction bears it out: clean (n, m), of an assignment (n, G, m), and under
  /// each carrier of the key, in the column that it is to raise, (n, G, m).
  struct Tensors: Sendable {
    var clean: [Float] = []
    var marked: [Float] = []
    var cleanHits: [Float] = []
    var markedHits: [Float] = []
  }

  let document: Document
  private let tensors: Tensors
  private let columns: [Int: Int]

  init(_ document: Document, _ tensors: Tensors) {
    self.document = document
    self.tensors = tensors
    columns = Dictionary(uniqueKeysWithValues: document.samples.enumerated().map { ($1, $0) })
  }

  package var models: [Member] { document.models }
  package var amplitude: Int { document.amplitude }

  package var keySize: Int { document.keySize }

  /// Each reference's ΔP under the key: the mean over its carriers of the mean P_w − P_b over that carrier's images.
  ///
  /// A suspect that answers its first few classes only is compared with whole answers: its ΔP is then a lower bound, so
  /// its rank is never too good.
  /// - Parameter images: for each of the G carriers, the images that the suspect answered both clean and under it; an
  /// image
  ///   that was asked about twice is there twice.
  /// - Returns: nil if an image is not in the pool, or a carrier has none.
  package func deltaP(on images: [[Int]], _ kind: ScoreKind) -> [Double]? {
    precondition(images.count == keySize, "images for each carrier of the key")
    let chosen = images.map { carrier in carrier.compactMap { columns[$0] } }
    guard zip(chosen, images).allSatisfy({ !$0.isEmpty && $0.count == $1.count }) else { return nil }
    let (before, after) =
      kind == .label ? (tensors.cleanHits, tensors.markedHits) : (tensors.clean, tensors.marked)
    let count = document.samples.count
    return models.indices.map { model in
      let means = chosen.enumerated().map { carrier, columns in
        let row = (model * keySize + carrier) * count
        let clean = document.claim.columns == 1 ? model * count : row
        let sum = columns.reduce(0) { $0 + Double(after[row + $1]) - Double(before[clean + $1]) }
        return sum / Double(columns.count)
      }
      return means.reduce(0, +) / Double(keySize)
    }
  }

  /// The rank of a model's ΔP under the key among the references' on the very same images; nil where the panel has no
  /// answer to one of them.
  package func rank(of deltaP: Double, on images: [[Int]], _ kind: ScoreKind) -> ExchangeableRank? {
    self.deltaP(on: images, kind).flatMap { try? ExchangeableRank(of: deltaP, among: $0) }
  }

  /// The rank of a model's answers about these images.
  /// - Parameter samples: indices of the images, in the scores' order.
  package func rank(_ scores: KeyedScores, on samples: [Int]) -> ExchangeableRank? {
    precondition(scores.count == samples.count, "a score for each image")
    guard scores.keySize == keySize, let gain = scores.totals.keyDeltaP else { return nil }
    let images = (0..<keySize).map { carrier in scores.pairedImages(ofCarrier: carrier).map { samples[$0] } }
    return rank(of: gain, on: images, scores.kind)
  }
}

// MARK: - Files

extension ReferencePanel.Document {
  /// - Throws: `DecodingError`, also for numbers that no panel has.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    format = try container.decodeFormat(ReferencePanel.currentFormat, forKey: .format)
    release = try container.decode(String.self, forKey: .release)
    archive = try container.decode(HexDigest.self, forKey: .archive)
    generator = try container.decode(HexDigest.self, forKey: .generator)
    let claim = try Claim(from: decoder)
    (targetClass, claimKind, assignedClasses) = claim.members
    amplitude = try container.decode(DocumentBounds.amplitudes, forKey: .amplitude)
    keySize = try container.decode(1...DocumentBounds.largestKey, forKey: .keySize)
    guard claim.allows(keySize: keySize) else {
      throw DecodingError.dataCorruptedError(
        forKey: .keySize, in: container, debugDescription: "a key of \(keySize) carriers for \(claim.columns) classes")
    }
    samples = try container.decode(each: 0...DocumentBounds.samples, forKey: .samples)
    models = try container.decode([ReferencePanel.Member].self, forKey: .models)
  }
}

extension ReferencePanel {
  /// The panel of a release; nil if none was built, or if it is about other images.
  /// - Parameters:
  ///   - vault: the vault that holds all releases.
  ///   - archive: digest of the archive that the images come from: the released one.
  /// - Throws: `WorkError.malformed`; `NeuralNetError` for the file.
  package init?(vault: String, release: String, archive: HexDigest) throws {
    let path = Vault(root: vault, release: release).panel
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let file = try SafetensorsFile(path: path)
    let document: Document
    do {
      document = try JSONDecoder().decode(Document.self, from: Data((file.metadata[Self.documentKey] ?? "").utf8))
    } catch {
      throw WorkError.malformed(path: path, reason: "its metadata: \(error)")
    }
    guard document.archive == archive else { return nil }
    let shapes = document.shapes
    func values(_ name: String, _ shape: [Int]) throws -> [Float] {
      let tensor = try file.tensor(name)
      guard tensor.shape == shape, tensor.values.allSatisfy({ (0...1).contains($0) }) else {
        throw WorkError.malformed(path: path, reason: "\(name) is not \(shape) numbers in [0, 1]")
      }
      return tensor.values
    }
    guard document.release == release, Set(document.samples).count == document.samples.count else {
      throw WorkError.malformed(path: path, reason: "not a \(Self.currentFormat) file of \(release)")
    }
    self.init(
      document,
      Tensors(
        clean: try values("clean", shapes.clean), marked: try values("marked", shapes.marked),
        cleanHits: try values("clean_hits", shapes.clean), markedHits: try values("marked_hits", shapes.marked)))
  }

  private static let documentKey = "panel"

  /// Writes the scores and, for people and programs that want no tensors, what they come to.
  func write(to vault: Vault, onProgress: ProgressReport) throws {
    let shapes = document.shapes
    let text = String(decoding: try CanonicalJSON.encode(document).dropLast(), as: UTF8.self)
    try SafetensorsWriter.write(
      [
        "clean": Tensor(shape: shapes.clean, values: tensors.clean),
        "marked": Tensor(shape: shapes.marked, values: tensors.marked),
        "clean_hits": Tensor(shape: shapes.clean, values: tensors.cleanHits),
        "marked_hits": Tensor(shape: shapes.marked, values: tensors.markedHits),
      ], metadata: [Self.documentKey: text], to: vault.panel)
    try DurableFile(vault.panelSummary).replace(
      with: CanonicalJSON.encode(
        PanelSummary(self, digest: try HexDigest(ofFile: vault.panel, onProgress: onProgress))),
      mode: 0o600)
  }
}

extension Vault {
  /// The release's reference panel, and what it comes to.
  var panel: String { "\(directory)/panel.safetensors" }
  var panelSummary: String { "\(directory)/panel.json" }
}
