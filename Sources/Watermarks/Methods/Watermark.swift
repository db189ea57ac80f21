package import Datasets
package import Evidence
package import Foundations
package import Networks

/// How a generator marks releases, and what is claimed of models that learned one.
package protocol Watermark: Sendable {
  /// How far a marked sample may be from its original; a release is checked against it while it is written and whenever it
  /// is verified.
  var budget: ChangeBudget { get }

  /// The one archive whose samples it has marks for, by its digest before marking; nil for marks of any.
  var source: HexDigest? { get }

  /// Samples that may be marked, ascending.
  /// - Parameter survey: of the archive before marking.
  func candidates(in survey: DatasetSurvey) -> [Int]

  /// How many samples a release changes so that as many as its rate says carry the mark: more where others are changed as
  /// well, so that nothing but the mark itself is learned.
  func samples(marking count: Int) -> Int

  /// What a release marks and claims: a function of what it commits to.
  /// - Returns: as many samples as are asked for.
  /// - Throws: `WatermarkError.tooFewSamples` where the archive has not enough of them in the right places.
  func plan(_ request: ReleaseRequest) throws -> ReleasePlan

  /// What was drawn for a release that claims this; nil for marks that are the same in every release. Those have no decoys,
  /// so nothing exact can be said about them, and no audit convicts by them.
  func key(of claim: Claim) -> KeySpace?

  /// What marks the samples of one release, and the images that its trials ask about.
  /// - Parameters:
  ///   - claim: the release's.
  ///   - amplitude: multiples of the budget; 1 for what is released, and always 1 for marks without a key.
  ///   - batch: images in one pass; the marks do not depend on it.
  func marker(
    _ secret: ReleaseSecret, of claim: Claim, amplitude: Int, batch: Int, threads: Int
  ) throws -> any SampleMarker

  /// What marks the samples of a release, where that hangs on more of its plan than the claim.
  func marker(_ secret: ReleaseSecret, of plan: ReleasePlan, batch: Int, threads: Int) throws -> any SampleMarker

  /// Whether all that is said of who learned a release is said by its twins (`SampleMarker.markTwins`), whose coins are
  /// drawn from the release's secret, and nothing by a key.
  var isJudgedByTwins: Bool { get }

  /// How another owner of the same pictures comes to marks of their own; nil where drawing another key is all they do.
  var otherOwner: OtherOwnersTraining? { get }
}

extension Watermark {
  package var source: HexDigest? { nil }

  /// Those of the training split.
  package func candidates(in survey: DatasetSurvey) -> [Int] { survey.indices(in: .train) }

  package func samples(marking count: Int) -> Int { count }

  package func marker(
    _ secret: ReleaseSecret, of plan: ReleasePlan, batch: Int, threads: Int
  ) throws -> any SampleMarker {
    try marker(secret, of: plan.claim, amplitude: 1, batch: batch, threads: threads)
  }

  package var isJudgedByTwins: Bool { false }

  package var otherOwner: OtherOwnersTraining? { nil }
}

/// What a release is to be made of.
package struct ReleaseRequest {
  /// How many samples are to be marked.
  package var count: Int
  /// Those that may be, ascending.
  package var candidates: [Int]
  /// Of the archive before marking: its digest, and the class of each sample.
  package var source: HexDigest
  package var labels: [UInt16]
  package var secret: ReleaseSecret

  package init(count: Int, candidates: [Int], source: HexDigest, labels: [UInt16], secret: ReleaseSecret) {
    self.count = count
    self.candidates = candidates
    self.source = source
    self.labels = labels
    self.secret = secret
  }
}

/// Which samples a release marks, and what its owner will say of models that learned it.
package struct ReleasePlan: Equatable {
  package var claim: Claim
  /// Indices, ascending.
  package var samples: [Int]
  /// The class that each of them has in the release; nil where all keep their own. Methods that change labels choose
  /// samples and classes without looking at the labels, which are others in the release.
  package var labels: [UInt16]?

  package init(claim: Claim, samples: [Int], labels: [UInt16]? = nil) {
    precondition(labels?.count ?? samples.count == samples.count, "a class for each sample")
    self.claim = claim
    self.samples = samples
    self.labels = labels
  }

  /// Samples that the committed coins draw.
  package init(claim: Claim, drawing request: ReleaseRequest) {
    self.init(
      claim: claim, samples: Coins(drawing: request.count, from: request.candidates, with: request.secret).marked)
  }
}

/// What the key of a release is drawn from. On a model that never saw the release every key is as likely to move it most,
/// so the rank of the true one among all is an exact p-value.
/// - Source: METHODS §5.3 and §8
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
