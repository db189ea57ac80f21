import Dispatch
import Evidence
import EvidencePackages
import Foundation
import Foundations
import Glibc
import Releases
import Suspects
import Work

/// Requests that a suspect was sent, by day: a byte each, which is on the disk before its request leaves (docs/formats,
/// "Audits"). So descriptions, repetitions and what was under way at a kill are counted, whoever sent them.
final class RequestTally: Sendable {
  private let vault: String
  /// The suspect's name, and those that it had before.
  private let names: [String]
  private let perDay: Int
  /// Files are written on it: tasks share their threads.
  private let queue = DispatchQueue(label: "dandyroll.requests")

  init(vault: String, names: [String], perDay: Int) {
    self.vault = vault
    self.names = names
    self.perDay = perDay
  }

  var admission: Admission {
    { time in
      try await withCheckedThrowingContinuation { continuation in
        self.queue.async { continuation.resume(with: Result { try self.take(at: time) }) }
      }
    }
  }

  /// Takes a request out of the day's budget; false if nothing is left of it. Blocks until that is on the disk.
  /// - Parameter time: milliseconds since 1970; days are those of UTC.
  /// - Throws: `WorkError.io`.
  func take(at time: Int) throws -> Bool {
    let day = Self.day(of: time)
    guard try sent(on: day) < perDay else { return false }
    let path = file(names[0], day)
    var bytes = 1
    let isNew = try size(of: path) == nil
    if isNew {
      // The first request of a day; what was sent before there were such files stands in transcripts.
      bytes += try AuditDirectory.requests(in: vault, suspect: names[0], on: day)
      try DurableFile(folder(names[0])).createDirectory(mode: 0o700)
    }
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode_t(0o600))
    guard descriptor >= 0 else { throw WorkError.io(path: path, operation: "open", errno: errno) }
    defer { close(descriptor) }
    let marks = [UInt8](repeating: UInt8(ascii: "."), count: bytes)
    // An append of a few bytes is whole or not at all.
    while Glibc.write(descriptor, marks, marks.count) != marks.count {
      guard errno == EINTR else { throw WorkError.io(path: path, operation: "write", errno: errno) }
    }
    guard fdatasync(descriptor) == 0 else { throw WorkError.io(path: path, operation: "fdatasync", errno: errno) }
    if isNew { try DurableFile(folder(names[0])).synchronise() }
    return true
  }

  /// Days since 1970 in UTC.
  fileprivate static func day(of milliseconds: Int) -> Int { milliseconds / 86_400_000 }

  /// Requests of a day, under all names.
  func sent(on day: Int) throws -> Int {
    try names.reduce(0) { sum, name in
      try sum + (size(of: file(name, day)) ?? AuditDirectory.requests(in: vault, suspect: name, on: day))
    }
  }

  private func folder(_ name: String) -> String { "\(vault)/requests/\(name)" }
  private func file(_ name: String, _ day: Int) -> String { "\(folder(name))/\(day)" }

  private func size(of path: String) throws -> Int? {
    var status = stat()
    if lstat(path, &status) == 0 { return Int(status.st_size) }
    guard errno == ENOENT else { throw WorkError.io(path: path, operation: "look at", errno: errno) }
    return nil
  }
}

extension AuditDirectory {
  /// Requests of a day that stand in a suspect's transcripts: all attempts at questions with an answer, and one at each
  /// of those without.
  fileprivate static func requests(in vault: String, suspect: String, on day: Int) throws -> Int {
    var requests = 0
    for release in (try? FileManager.default.contentsOfDirectory(atPath: vault)) ?? [] {
      let audits = AuditDirectory(Vault(root: vault, release: release), suspect: suspect)
      for series in audits.series() {
        for line in try AuditJournal.read(audits.transcript(series)) where RequestTally.day(of: line.time) == day {
          switch line.event {
          case .ask: requests += 1
          // Its first attempt came with the question.
          case .answer: requests += max(0, (line.attempts ?? 1) - 1)
          case .begin, .end: break
          }
        }
      }
    }
    return requests
  }
}
