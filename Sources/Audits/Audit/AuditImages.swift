import Datasets
import Jobs
import Releases
import Work

/// The archive that an audit's images come from: surveyed when it is first needed, and once.
final class AuditImages {
  let path: String
  private let spec: AuditSpec
  private let context: WorkContext
  /// Samples that the release counts.
  private let samples: Int
  private var found: DatasetSurvey?

  init(_ spec: AuditSpec, _ document: ReleaseDocument, _ context: WorkContext) {
    self.spec = spec
    self.context = context
    samples = document.commitment.leaves
    path = spec.images ?? "\(spec.release)/\(document.archive.path)"
  }

  func survey() throws -> DatasetSurvey {
    if let found { return found }
    var survey = try context.survey(path, limits: spec.limits, onProgress: Reporter(context).bytes("survey"))
    if spec.images == nil { survey = survey.counting(samples) }
    found = survey
    return survey
  }
}
