import Foundation
import Foundations
package import GRDB
import Glibc
import ServiceConfiguration
import ServiceFoundation

/// The daemon's memory: a SQLite file with one writer, this process.
///
/// Every method is one transaction. What must hold together after a power cut is changed in one of them.
package final class Ledger: Sendable {
  let path: String
  private let queue: DatabaseQueue
  private let lock: DirectoryLock

  /// Opens the ledger at `path`, making or migrating it. Blocks.
  ///
  /// - Throws: `LedgerError.onNetwork`, `.inUse`, `.newer`, `.unusable`; `FileError.failed`.
  package init(path: String) throws {
    self.path = path
    let directory = Directory.parent(of: path)
    if let kind = try Filesystem.of(directory).remoteKind { throw LedgerError.onNetwork(path: path, filesystem: kind) }
    do throws(SystemCall.Failure) { lock = try DirectoryLock(file: path + ".lock", of: path) } catch {
      if error.isLocked { throw LedgerError.inUse(path: path) }
      throw FileError(error)
    }
    // It holds the seeds from which the marked samples follow. SQLite gives its other files the same mode.
    _ = try OpenFile(path, O_RDWR | O_CREAT)
    do {
      var configuration = GRDB.Configuration()
      configuration.label = "dandyroll.ledger"
      configuration.foreignKeysEnabled = true
      configuration.prepareDatabase { db in
        // Not by `journalMode`, which lowers `synchronous` to NORMAL: a claim must outlast a power cut before the
        // file is moved.
        try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
      }
      queue = try DatabaseQueue(path: path, configuration: configuration)
      let migrator = Self.migrator
      if try queue.read(migrator.hasBeenSuperseded) { throw LedgerError.newer(path: path) }
      try migrator.migrate(queue)
    } catch let error as LedgerError {
      throw error
    } catch {
      throw LedgerError.unusable(path: path, message: "\(error)")
    }
  }

  package func read<Value: Sendable>(_ body: @Sendable @escaping (Database) throws -> Value) async throws -> Value {
    try await queue.read(body)
  }

  func write<Value: Sendable>(_ body: @Sendable @escaping (Database) throws -> Value) async throws -> Value {
    if let number = SystemCall.obstacle?.before("commit", path) {
      throw FileError.failed(operation: "commit", path: path, errno: number)
    }
    let value = try await queue.write(body)
    if let number = SystemCall.obstacle?.after("commit", path) {
      throw FileError.failed(operation: "commit", path: path, errno: number)
    }
    return value
  }

  /// Whether a failed transaction may pass when it is tried again: the disk is full, busy or failing.
  package static func isTransient(_ error: any Error) -> Bool {
    guard let error = error as? DatabaseError else { return (error as? any DaemonError)?.isTransient ?? false }
    return [.SQLITE_FULL, .SQLITE_IOERR, .SQLITE_BUSY, .SQLITE_CANTOPEN, .SQLITE_NOMEM].contains(
      error.resultCode.primaryResultCode)
  }
}
