package import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
package import Networks
import NeuralNet

/// Everything that decides the tensors of a network that is trained and kept (docs/formats, "Recipes"). One that was
/// kept is taken, and a checkpoint gone on from, only if its recipe is the very same.
package struct Recipe: Codable, Equatable {
  /// What a network learns from.
  package struct Data: Codable, Equatable {
    /// Digest of the archive, and what was made of it if it is not learned from as it is.
    var source: String
    /// How many samples, and SHA-256 of their indices; nil where the source says which.
    var samples: Int
    var choice: HexDigest?

    package init(source: String, samples: Int) {
      self.source = source
      self.samples = samples
    }

    /// - Parameter indices: of the samples in the source, in the order in which they are learned from.
    package init(source: String, indices: [Int]) {
      self.init(source: source, samples: indices.count)
      choice = HexDigest(of: indices.flatMap { index in withUnsafeBytes(of: UInt64(index).bigEndian) { Array($0) } })
    }

    package init(_ survey: DatasetSurvey, _ indices: [Int]) {
      let seen = survey.isResized ? ", seen at \(survey.shape)" : ""
      self.init(source: "\(survey.digest)\(seen)", indices: indices)
    }
  }

  static let currentFormat = "dandyroll-recipe/1"
  /// The metadata entry of a kept network that holds its recipe.
  package static let key = "recipe"

  private var format = Self.currentFormat
  /// What the network is for, such as "surrogate".
  let network: String
  let data: Data
  /// Canonical JSON of everything that the training is told.
  let settings: String
  package let seed: UInt64
  /// Digests of the recipes or files of networks that it begins with or learns from.
  let from: [String]
  let numerics: Int
  let kernels: String

  package init(
    _ network: String, data: Data, settings: some Encodable, seed: UInt64, from: [String] = [],
    kernels: String = Numerics.kernels
  ) throws {
    self.network = network
    self.data = data
    self.settings = try CanonicalJSON.line(settings)
    self.seed = seed
    self.from = from
    numerics = Numerics.version
    self.kernels = kernels
  }

  /// Canonical JSON.
  package var text: String { get throws { try CanonicalJSON.line(self) } }

  /// SHA-256 of the text, hexadecimal.
  package var digest: String {
    get throws { HexDigest(of: Array(try text.utf8)).description }
  }

  /// Why a kept network is not this recipe's; nil if it is.
  /// - Parameters:
  ///   - metadata: of its file.
  ///   - onAnyKernels: whether those of another instruction set do as well.
  func difference(from metadata: [String: String], onAnyKernels: Bool = false) -> String? {
    guard let text = metadata[Self.key], let kept = try? CanonicalJSON.decode(Self.self, from: text.utf8) else {
      return "it does not say how it was made"
    }
    let found: [String?] = [
      kept.format == format && kept.network == network ? nil : "it is another network",
      kept.data == data ? nil : "it learned from other data",
      kept.settings == settings && kept.seed == seed ? nil : "it had other settings or another seed",
      kept.from == from ? nil : "it began with another network",
      kept.numerics == numerics ? nil : "another version of the program made it",
      kept.kernels == kernels || onAnyKernels
        ? nil : "it was made with \(kept.kernels) instructions, here are \(kernels)",
    ]
    let reasons = found.compactMap(\.self)
    return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
  }
}

extension Recipe {
  /// A network that was kept under a path, if it is this recipe's. Where there is another, a line says so.
  /// - Returns: nil if it has to be trained.
  package func kept(
    at path: String, onAnyKernels: Bool = false, _ context: WorkContext
  ) throws -> (model: Model, metadata: [String: String])? {
    guard DurableFile(path).exists else { return nil }
    guard let model = try? Model(contentsOf: path), let metadata = try? Model.metadata(of: path) else {
      context.note("\(path): cannot be read; it is trained anew")
      return nil
    }
    if let reason = difference(from: metadata, onAnyKernels: onAnyKernels) {
      context.note("\(path): \(reason); it is trained anew")
      return nil
    }
    return (model, metadata)
  }
}
