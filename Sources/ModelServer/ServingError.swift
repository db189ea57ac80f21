import Foundations

/// Why a model is not served, or a request not answered.
package enum ServingError: Error, Sendable, Equatable {
  /// Class names that are not those of the model.
  case classes(file: String, found: Int, needed: Int)
  case unreadable(file: String)
  /// The address cannot be listened at.
  case address(String, message: String)
  /// A request that is none of the protocol, or for other images.
  case request(reason: String)
  /// Too many images wait already.
  case full
  /// The failure that `failRate` asked for.
  case rehearsed
}

extension ServingError: CustomStringConvertible {
  package var description: String { line.printable }

  private var line: String {
    switch self {
    case .classes(let file, let found, let needed): "\(file): \(found) class names; the model has \(needed) classes"
    case .unreadable(let file): "\(file): no such file, or not readable"
    case .address(let address, let message): "\(address): cannot listen: \(message)"
    case .request(let reason): reason
    case .full: "too many images are waiting"
    case .rehearsed: "this failure is a rehearsal"
    }
  }
}
