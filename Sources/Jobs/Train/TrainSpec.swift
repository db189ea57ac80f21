package import Foundations

/// Train a surrogate and then a generator on one dataset archive.
package struct TrainSpec: JobPart {
  package static let kind = JobKind.train

  /// Path of the archive.
  package var archive: String
  /// The dataset's name in the configuration and the outbox.
  package var dataset: String
  /// The target class t: a class name, or failing that a class index in decimal; "" for the class with the most training
  /// samples.
  package var target: String
  package var method: MethodSettings
  package var seed: UInt64
  /// Where the generator's safetensors file is published, by rename.
  package var generator: String
  /// Checkpoints live here; a job run again goes on from them.
  package var workDirectory: String
  package var limits: InputLimits

  package init(
    archive: String, dataset: String, target: String, method: MethodSettings, seed: UInt64, generator: String,
    workDirectory: String, limits: InputLimits
  ) {
    self.archive = archive
    self.dataset = dataset
    self.target = target
    self.method = method
    self.seed = seed
    self.generator = generator
    self.workDirectory = workDirectory
    self.limits = limits
  }
}
