import Datasets
import Foundations

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
