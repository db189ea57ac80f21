import Dispatch
import Foundation
import Foundations
import Glibc
package import NIOCore

/// Clock, chance and name service, so that a test can play them.
package struct Surroundings: Sendable {
  /// Milliseconds since 1970.
  package var now: @Sendable () -> Int
  /// Milliseconds that never go back.
  package var ticks: @Sendable () -> Int
  /// Milliseconds to wait.
  package var sleep: @Sendable (Int) async throws -> Void
  /// In [0, 1).
  package var uniform: @Sendable () -> Double
  package var resolve: @Sendable (_ host: String, _ port: Int) async throws -> SocketAddress
  /// Asked before every request and at least once a second while waiting.
  package var stopRequested: @Sendable () -> Bool

  package init(
    now: @escaping @Sendable () -> Int = { Int(Date().timeIntervalSince1970 * 1000) },
    ticks: @escaping @Sendable () -> Int = { Int(DispatchTime.now().uptimeNanoseconds / 1_000_000) },
    sleep: @escaping @Sendable (Int) async throws -> Void = { try await Task.sleep(for: .milliseconds($0)) },
    uniform: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
    resolve: @escaping @Sendable (_ host: String, _ port: Int) async throws -> SocketAddress = {
      try await HostResolution.address($0, $1)
    },
    stopRequested: @escaping @Sendable () -> Bool = { false }
  ) {
    self.now = now
    self.ticks = ticks
    self.sleep = sleep
    self.uniform = uniform
    self.resolve = resolve
    self.stopRequested = stopRequested
  }

  /// Waits in slices, so that a request to stop is heard.
  /// - Throws: `NoAnswer` with `stopped`; `CancellationError`.
  func wait(_ milliseconds: Int) async throws {
    var left = milliseconds
    while left > 0 {
      try checkStop()
      let slice = min(left, 1000)
      try await sleep(slice)
      left -= slice
    }
    try checkStop()
  }

  func checkStop() throws {
    if stopRequested() { throw NoAnswer(.stopped) }
    try Task.checkCancellation()
  }
}

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
