/// The part of a dataset that a sample belongs to.
package enum Split: UInt8, Sendable, CaseIterable {
  case train
  case validation
  case test
}

extension Split: CustomStringConvertible {
  package var description: String {
    switch self {
    case .train: "train"
    case .validation: "validation"
    case .test: "test"
    }
  }
}
