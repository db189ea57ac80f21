package import Networks

/// A training that can be stepped, saved and restored to the same bits.
package protocol ResumableTraining: AnyObject {
  associatedtype Figures
  var stepsTaken: Int { get }
  var totalSteps: Int { get }
  /// What is trained, as it is after `stepsTaken`.
  var model: Model { get }
  func step() -> Figures
  func metrics(_ figures: Figures) -> [String: Double]
  func save(to path: String) throws
  func restore(from path: String) throws
}

/// A training in epochs.
package protocol EpochTraining: ResumableTraining {
  var stepsPerEpoch: Int { get }
}
