package import Datasets
package import Evidence
package import Foundations
package import Jobs
package import Networks
import NeuralNet

/// A way to mark a dataset, and to tell who learned from it: one folder here, and one line in `MethodRegistry.standard`.
///
/// A method trains or draws what its marks are made with (`prepare`), once for a dataset; that is kept in a generator file,
/// which only the method can read (`watermark`). Everything after that — releases, audits, trials, attacks, evidence — knows
/// the `Watermark` and its claim, and no method.
package protocol WatermarkMethod: Sendable {
  /// Its name and its settings, for configuration, command line and documents.
  var declaration: MethodDeclaration { get }

  /// Trains or draws what marks are made with.
  /// - Throws: `WatermarkError`, `NeuralNetError`, and whatever the preparation does.
  func prepare(_ preparation: some Preparation) throws -> Prepared

  /// Reads back what `prepare` made.
  /// - Throws: `WatermarkError.notAGenerator` for what `prepare` could not have made.
  func watermark(_ content: Generator.Content) throws -> any Watermark
}

/// What a preparation leaves behind: the content of a generator file.
package struct Prepared {
  /// What paints; nil for marks that no network paints.
  package var network: Model?
  /// Everything else that `WatermarkMethod.watermark` needs: a JSON object, whose member `objective` is the method's name.
  package var description: any Encodable & Sendable
  /// What the generator was trained against, or chose its samples by; it is kept beside the file.
  package var surrogate: Surrogate?
  /// Last figures by name, such as "surrogateAccuracy".
  package var metrics: [String: Double]
  /// What marked images are to be taken for, for people; empty where that is no class.
  package var target: String

  package init(
    network: Model? = nil, description: any Encodable & Sendable, surrogate: Surrogate? = nil,
    metrics: [String: Double] = [:], target: String = ""
  ) {
    self.network = network
    self.description = description
    self.surrogate = surrogate
    self.metrics = metrics
    self.target = target
  }
}

/// A benign classifier of the clean data.
package struct Surrogate {
  package var model: Model
  /// On the test split; on the training split without one; in [0, 1].
  package var accuracy: Double
  /// Digest of its recipe.
  package var recipe: String

  package init(model: Model, accuracy: Double, recipe: String) {
    self.model = model
    self.accuracy = accuracy
    self.recipe = recipe
  }
}

/// How a generator marks releases, and what is claimed of models that learned one.
package protocol Watermark: Sendable {
  /// What its releases claim. The trial of a claim asks about images clean and marked; see `Claim`.
  var claim: Claim { get }

  /// How far a marked sample may be from its original; a release is checked against it while it is written and whenever it
  /// is verified.
  var budget: ChangeBudget { get }

  /// What can be drawn for a release; nil for marks that are the same in every release. Those have no decoys, so nothing
  /// exact can be said about them, and no audit convicts by them.
  var key: KeySpace? { get }

  /// Samples that may be marked, ascending.
  /// - Parameter survey: of the archive before marking.
  func candidates(in survey: DatasetSurvey) -> [Int]

  /// Which samples a release marks: a function of what the release commits to.
  /// - Parameters:
  ///   - candidates: those that may be marked, ascending.
  ///   - source: digest of the archive before marking.
  /// - Returns: indices, ascending.
  func choice(of count: Int, from candidates: [Int], source: HexDigest, secret: ReleaseSecret) -> [Int]

  /// What marks the samples of one release, and the images that its trials ask about.
  /// - Parameters:
  ///   - amplitude: multiples of the budget; 1 for what is released, and always 1 for marks without a key.
  ///   - batch: images in one pass; the marks do not depend on it.
  func marker(_ secret: ReleaseSecret, amplitude: Int, batch: Int, threads: Int) throws -> any SampleMarker

  /// How another owner of the same pictures comes to marks of their own; nil where drawing another key is all they do.
  var otherOwner: OtherOwnersTraining? { get }
}

extension Watermark {
  package func choice(of count: Int, from candidates: [Int], source: HexDigest, secret: ReleaseSecret) -> [Int] {
    Coins(drawing: count, from: candidates, with: secret).marked
  }

  package var otherOwner: OtherOwnersTraining? { nil }
}

/// What the key of a release is drawn from. On a model that never saw the release every key is as likely to move it most,
/// so the rank of the true one among all is an exact p-value.
/// - Source: METHODS §5.3
package struct KeySpace: Sendable, Equatable {
  /// G, carriers of a key: those from 0 to G − 1 of the release's order.
  package var size: Int
  /// All carriers that there are. Those that are not the key's are decoys.
  package var carriers: Int
  /// Multiples of the budget that images of a trial carry, unless others are asked for; they are never published.
  package var amplitude: Int

  package init(size: Int, carriers: Int, amplitude: Int) {
    precondition(size >= 1 && carriers > size, "a key is one of several")
    self.size = size
    self.carriers = carriers
    self.amplitude = amplitude
  }

  /// Decoy carriers that can be asked about.
  package var mostDecoys: Int { carriers - size }
}

/// Puts the marks of one release on samples.
package protocol SampleMarker {
  /// What is released.
  /// - Parameters:
  ///   - pixels: (samples, C, H, W).
  ///   - samples: indices in the archive; a mark may lie differently on each.
  func mark(_ pixels: [UInt8], samples: [Int]) -> [UInt8]

  /// What might have been released just as well: the same key, the sample's other coin. Nil for marks that have nothing to
  /// draw for a sample.
  /// - Source: METHODS §5.2
  func markTwins(_ pixels: [UInt8], samples: [Int]) -> [UInt8]?

  /// A question: the samples under one carrier, the key's own below `KeySpace.size`, decoys from there. Marks without a key
  /// count as one carrier.
  func mark(_ pixels: [UInt8], samples: [Int], carrier number: Int) -> [UInt8]
}

extension SampleMarker {
  package func markTwins(_ pixels: [UInt8], samples: [Int]) -> [UInt8]? { nil }
}

/// A generator of another owner's, trained as ours was by another seed and against a surrogate of their own. Models that
/// are trained on their release (Ind-W) must not be taken for models of ours.
/// - Source: SSCL-BW §IV-C
package struct OtherOwnersTraining: Sendable {
  /// Everything that the training is told, for its recipe.
  package var settings: any Encodable & Sendable
  package var seed: UInt64
  package var training:
    @Sendable (_ surrogate: Model, _ samples: SampleCache, _ threads: Int) throws -> any ResumableTraining
  package var marker: @Sendable (_ generator: Model, _ threads: Int) throws -> any SampleMarker

  package init(
    settings: any Encodable & Sendable, seed: UInt64,
    training: @escaping @Sendable (Model, SampleCache, Int) throws -> any ResumableTraining,
    marker: @escaping @Sendable (Model, Int) throws -> any SampleMarker
  ) {
    self.settings = settings
    self.seed = seed
    self.training = training
    self.marker = marker
  }
}
