import Foundations
import Glibc
import Synchronization

@testable import Service

/// One thing that goes wrong at the daemon's file system boundary, in the course of one drop.
struct Fault: Sendable, Hashable, CustomStringConvertible {
  enum Kind: Sendable, Hashable, CaseIterable {
    case noSpace, brokenDisk, noPermission
    /// kill -9 before the call, and right after it.
    case killBefore, killAfter

    var errorNumber: Int32 {
      switch self {
      case .noSpace: ENOSPC
      case .brokenDisk: EIO
      case .noPermission: EACCES
      case .killBefore, .killAfter: FaultPlan.dead
      }
    }

    var isKill: Bool { self == .killBefore || self == .killAfter }
  }

  var drop: DropCase
  /// The call that it happens to, counted from the daemon's start.
  var call: Int
  var kind: Kind

  var description: String { "\(drop) call \(call) \(kind)" }
}

/// Stands in the way of one call; of every later one, too, once the process counts as killed.
final class FaultPlan: FileObstacle {
  /// No call of the daemon answers with it by itself, and nothing that it does is worth trying again.
  static let dead = EOWNERDEAD

  private struct State {
    var calls = 0
    var isDead = false
    var awaited: (operation: String, path: String)?
    var met: String?
  }

  private let fault: Fault?
  private let state = Mutex(State())

  /// Without a fault it only counts.
  init(_ fault: Fault?) {
    self.fault = fault
  }

  var calls: Int { state.withLock { $0.calls } }
  var isDead: Bool { state.withLock { $0.isDead } }
  /// What the fault happened to; nil if it has not come to that.
  var met: String? { state.withLock { $0.met } }

  func before(_ operation: String, _ path: String) -> Int32? {
    state.withLock { state in
      if state.isDead { return Self.dead }
      state.calls += 1
      guard let fault, state.calls == fault.call else { return nil }
      state.met = "\(operation) \(path)"
      if fault.kind == .killAfter {
        state.awaited = (operation, path)
        return nil
      }
      state.isDead = fault.kind == .killBefore
      return fault.kind.errorNumber
    }
  }

  func after(_ operation: String, _ path: String) -> Int32? {
    state.withLock { state in
      if let awaited = state.awaited, awaited == (operation, path) {
        state.awaited = nil
        state.isDead = true
      }
      return state.isDead ? Self.dead : nil
    }
  }
}

/// What is dropped, and what becomes of it.
enum DropCase: String, Sendable, CaseIterable, CustomStringConvertible {
  /// An archive that becomes a release.
  case released
  /// Two files with the same bytes.
  case twice
  /// An archive that its job refuses.
  case refused
  /// Originals on another file system.
  case acrossFilesystems
  /// A directory with an archive in it, and the shards of a list, one of them the archive; originals of the first elsewhere.
  case directory, list

  var description: String { rawValue }
}
