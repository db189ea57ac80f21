import Archives
import Foundation
package import Foundations
package import Jobs
package import Work

/// Training from the command line: the `train` job with its checkpoints beside the generator file.
///
/// A command that was stopped and is given again goes on, with the seed it had drawn; one that asks for something else
/// starts over.
package struct TrainInPlace: Sendable {
  private let archive: String
  private let target: String
  private let method: MethodSettings
  private let seed: UInt64?
  private let generator: String
  private let limits: InputLimits

  package init(
    archive: String, target: String, method: MethodSettings, seed: UInt64?, generator: String, limits: InputLimits
  ) {
    self.archive = archive
    self.target = target
    self.method = method
    self.seed = seed
    self.generator = generator
    self.limits = limits
  }

  package func run(_ context: WorkContext) throws -> TrainResult {
    let work = generator + ".work"
    let record = "\(work)/SPEC.json"
    var spec = TrainSpec(
      archive: archive, dataset: ReleaseName.dataset(ofArchive: DatasetSource.name(ofPath: archive)), target: target,
      method: method,
      seed: seed ?? .random(in: 0...UInt64(Int64.max)), generator: generator, workDirectory: work, limits: limits)
    if let data = FileManager.default.contents(atPath: record),
      let earlier = try? CanonicalJSON.decode(TrainSpec.self, from: data), seed == nil || seed == earlier.seed
    {
      let drawn = spec.seed
      spec.seed = earlier.seed
      if spec != earlier { spec.seed = drawn }
    }
    if FileManager.default.contents(atPath: record).map(Array.init) != (try CanonicalJSON.document(spec)) {
      try DurableFile(work).remove()
      try DurableFile(work).createDirectory(mode: 0o700)
      try DurableFile(record).write(CanonicalJSON.document(spec))
    }
    _ = try OutputFile(generator)
    let result = try TrainWork(spec, context).run()
    try DurableFile(work).remove()
    return result
  }
}
