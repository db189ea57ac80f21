import Datasets
import Foundations

// Passes over small archives, of which nobody has to hear.

extension DatasetSurvey {
  init(file: String, limits: InputLimits = InputLimits()) throws {
    try self.init(file: file, limits: limits, onProgress: { _ in })
  }
}

extension SampleStream {
  convenience init(
    _ survey: DatasetSurvey, limits: InputLimits = InputLimits(), choose: @escaping (Int) -> Bool = { _ in true }
  ) throws {
    try self.init(survey, limits: limits, choose: choose, onProgress: { _ in })
  }
}

extension SampleCache {
  init(_ survey: DatasetSurvey, limits: InputLimits = InputLimits(), choose: @escaping (Int) -> Bool) throws {
    try self.init(survey, limits: limits, choose: choose, onProgress: { _ in })
  }
}

extension ArchiveRewriter {
  func rewrite(
    to path: String, choose: @escaping (Int) -> Bool,
    marker: @escaping (_ pixels: inout [UInt8], _ batch: MarkerBatch) throws -> Void,
    released: @escaping (_ originals: [UInt8], _ marked: [UInt8], _ batch: MarkerBatch) throws -> Void = { _, _, _ in }
  ) throws -> RewriteResult {
    try rewrite(to: path, choose: choose, onProgress: { _ in }, marker: marker, released: released)
  }
}

extension ArchiveComparison {
  init(
    original: DatasetSurvey, released: DatasetSurvey, marked: Set<Int>?, rewritten: MarkedJPEG? = nil,
    limits: InputLimits = InputLimits()
  ) throws {
    try self.init(
      original: original, released: released, marked: marked, rewritten: rewritten, limits: limits,
      onProgress: { _ in })
  }
}
