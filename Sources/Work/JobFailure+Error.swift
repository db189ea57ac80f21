import Archives
import Foundations
package import Jobs
import NeuralNet
import Suspects
import Watermarks

extension JobFailure {
  /// What a job or a command says of an error: kind, stable code, and one line that names file, member, offset and rule.
  package init(_ error: any Error, stage: String) {
    let error = (error as? SystemCall.Failure).map { WorkError($0) } ?? error
    switch error {
    case let error as DatasetError:
      self.init(
        kind: error.isTransient ? .transient : error.isRefusal ? .refused : .failed, code: error.code, stage: stage,
        message: error.description, file: error.file, member: error.member, offset: error.offset, limit: error.limit)
    case let error as WorkError:
      self.init(
        kind: error.isTransient ? .transient : error.isRefusal ? .refused : .failed, code: error.code, stage: stage,
        message: error.description)
    case let error as NeuralNetError:
      self.init(
        kind: error.isTransient ? .transient : error.isRefusal ? .refused : .failed, code: error.code, stage: stage,
        message: error.description)
    case let error as WatermarkError:
      self.init(kind: .refused, code: error.code, stage: stage, message: error.description)
    case let error as SuspectError:
      self.init(
        kind: error.isTransient ? .transient : .refused, code: error.code, stage: stage, message: error.description)
    default:
      self.init(kind: .failed, code: "unexpected", stage: stage, message: String(describing: error))
    }
  }

  /// The exit code of a command that ends with this failure.
  package var exitCode: Int32 {
    switch kind {
    case .refused: 3
    case .failed: 1
    case .transient: JobExit.again
    }
  }
}
