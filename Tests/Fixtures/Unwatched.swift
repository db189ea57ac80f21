import Datasets
import Evidence
import Foundations
import Jobs

@testable import Releases
@testable import Training
@testable import Trials
@testable import Work

// Passes over small archives, of which nobody has to hear.

extension DatasetSurvey {
  init(file: String, limits: InputLimits = InputLimits()) throws {
    try self.init(file: file, limits: limits, onProgress: { _ in })
  }
}

extension SampleCache {
  init(_ survey: DatasetSurvey, limits: InputLimits = InputLimits(), choose: @escaping (Int) -> Bool) throws {
    try self.init(survey, limits: limits, choose: choose, onProgress: { _ in })
  }
}

extension TrainingSamples {
  convenience init(_ survey: DatasetSurvey, limits: InputLimits, sampleShare: Double, seed: UInt64) throws {
    try self.init(survey, limits: limits, sampleShare: sampleShare, seed: seed, onProgress: { _ in })
  }
}

extension BagIt {
  func seal(
    payload: [(path: String, bytes: Int, digest: HexDigest)], tags: [String], identifier: String, date: String
  ) throws {
    try seal(payload: payload, tags: tags, identifier: identifier, date: date, onProgress: { _ in })
  }
}

extension ReferencePanel {
  func write(to vault: Vault) throws { try write(to: vault, onProgress: { _ in }) }
}

extension SampleSheet {
  init(release: String, vault: String, original: String?, limits: InputLimits) throws {
    try self.init(release: release, vault: vault, original: original, limits: limits, WorkContext(threads: 1))
  }
}

extension VaultSecret {
  /// One that every test knows, so that the same release is the same bytes.
  static let ofTests = VaultSecret(bytes: (0..<32).map { UInt8($0) })
}

extension ReleaseWork {
  /// A release of a vault whose secret is known.
  init(_ spec: ReleaseSpec, _ context: WorkContext, directory: String? = nil) {
    self.init(spec, secret: .ofTests, context, directory: directory)
  }
}
