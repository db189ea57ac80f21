import Datasets

// Passes over small archives, of which nobody has to hear.

extension DatasetSurvey {
  init(file: String, limits: Limits = Limits()) throws {
    try self.init(file: file, limits: limits, onProgress: { _ in })
  }
}

extension SampleStream {
  convenience init(
    _ survey: DatasetSurvey, limits: Limits = Limits(), choose: @escaping (Int) -> Bool = { _ in true }
  ) throws {
    try self.init(survey, limits: limits, choose: choose, onProgress: { _ in })
  }
}
