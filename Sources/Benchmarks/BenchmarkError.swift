/// Why a measurement could not be made.
package enum BenchmarkError: Error, Equatable {
  /// No case has the pattern in its name.
  case unknownCase(pattern: String)
  /// The process that measured a case by itself ended with this status, or without a row.
  case processFailed(name: String, status: Int32)
}

extension BenchmarkError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknownCase(let pattern): "no case has “\(pattern)” in its name; --list prints all names"
    case .processFailed(let name, let status): "the process that measured \(name) ended with status \(status)"
    }
  }
}
