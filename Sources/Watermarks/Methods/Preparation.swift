package import Datasets
package import Jobs
package import Networks

/// What a method may ask for while it prepares: the data, a surrogate, and trainings that a stopped job goes on with.
package protocol Preparation {
  /// Of the archive that is to be marked.
  var survey: DatasetSurvey { get }
  var settings: MethodSettings { get }
  var seed: UInt64 { get }
  var threads: Int { get }

  /// The class that the dataset's settings name, or else the one with the most samples.
  var target: Int { get }

  /// LPIPS, if its weights are named.
  func lpips() throws -> LPIPS?

  /// The training split, or as much of it as the cache may hold.
  func samples() throws -> SampleCache

  /// A share of them as the settings have it, the same of a class and of the others, at least one of each.
  func samples(dividedBy label: Int) throws -> SampleCache

  /// A benign classifier of the clean data, as the settings describe it: trained once, and found again.
  func surrogate() throws -> Surrogate

  /// Takes a training to its end, going on from where a stopped job left it.
  /// - Parameters:
  ///   - name: of what is trained, among the method's.
  ///   - samples: what it learns from.
  ///   - settings: everything that it is told.
  ///   - from: recipes of the networks that it begins with or learns from.
  /// - Returns: the last step's figures.
  func finish<Training: ResumableTraining>(
    _ training: Training, _ name: String, on samples: SampleCache, settings: some Encodable, from: [String]
  ) throws -> Training.Figures

  /// The network of a training, which is found again when the job goes on.
  /// - Returns: the network, and its recipe's digest.
  func model(
    _ name: String, on samples: SampleCache, settings: some Encodable, training: () throws -> some ResumableTraining
  ) throws -> (model: Model, recipe: String)

  /// Takes how many images of a long pass are done.
  func report(_ stage: String) -> ImageReport
}
