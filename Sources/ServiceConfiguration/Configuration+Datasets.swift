import Glibc
import Jobs

extension Configuration {
  /// The dataset that a dropped file belongs to, with the settings for it; nil when its name has nothing safe in it.
  package func dataset(forFile name: String) -> DatasetRule? {
    if let rule = datasets.first(where: { fnmatch($0.match, name, 0) == 0 }) { return rule }
    return DatasetName.derived(fromFile: name).map { DatasetRule(name: $0, match: name, settings: settings(for: $0)) }
  }

  /// The settings for a dataset by its name.
  package func settings(for dataset: String) -> DatasetSettings {
    datasets.first { $0.name == dataset }?.settings ?? defaults
  }
}
