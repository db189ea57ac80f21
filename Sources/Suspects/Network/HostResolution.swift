import Dispatch
import Foundations
import Glibc
import NIOCore

/// Names into addresses, by the system's resolver.
enum HostResolution {
  private static let queue = DispatchQueue(label: "dandyroll.resolver", attributes: .concurrent)

  /// The address that the system prefers. Blocks for as long as the resolver takes, off the threads that tasks share.
  /// - Throws: `SuspectError.unresolved`.
  static func address(_ host: String, _ port: Int) async throws -> SocketAddress {
    try await withCheckedThrowingContinuation { continuation in
      queue.async {
        continuation.resume(
          with: Result {
            do {
              return try SocketAddress.makeAddressResolvingHost(host, port: port)
            } catch {
              throw SuspectError.unresolved(host: host, message: PrintableText("\(error)", limit: 256).description)
            }
          })
      }
    }
  }
}

extension SocketAddress {
  /// 4 or 16 bytes in network order; none for a Unix socket.
  var networkBytes: [UInt8] {
    switch self {
    case .v4(let address): withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
    case .v6(let address): withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
    case .unixDomainSocket: []
    }
  }
}
