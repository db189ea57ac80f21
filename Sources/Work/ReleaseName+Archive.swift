import Foundation
import Jobs

extension ReleaseName {
  /// The dataset's name for an archive on the command line, as the daemon would derive it.
  package static func dataset(ofArchive path: String) -> String {
    DatasetName.derived(fromFile: (path as NSString).lastPathComponent) ?? "dataset"
  }
}
