import Foundation
import Foundations

@testable import Archives
@testable import Datasets

extension ArchiveContainer {
  /// Those that take any members.
  static let flat = tars + [.zip]
}

/// A directory that lives as long as one test.
struct Scratch {
  let path: String

  /// Runs `body` with an empty directory and removes it afterwards.
  static func run<Result>(_ body: (Scratch) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "datasets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(Scratch(path: url.path))
  }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes bytes and returns the path.
  func write(_ bytes: [UInt8], as name: String = "archive") throws -> String {
    try Data(bytes).write(to: URL(filePath: file(name)))
    return file(name)
  }

  /// Wraps a tar stream.
  func write(_ tar: [UInt8], in container: ArchiveContainer, as name: String = "archive") throws -> String {
    let sink = try CompressingSink(path: file(name), container: container)
    if !tar.isEmpty { try sink.write(tar) }
    _ = try sink.finish()
    return file(name)
  }

  /// Makes a file old enough for its time to tell of every change from now on.
  func settle(_ name: String, secondsAgo: Double = 3600) {
    let time = Date(timeIntervalSinceNow: -secondsAgo)
    try? FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: file(name))
  }

  /// The names of all files, sorted.
  func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }

  func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: file(name))))
  }
}

/// A member as a test reads it back.
struct ReadMember: Equatable {
  var member: ArchiveMember
  var content: [UInt8]
}

/// Every member of an archive through `ArchiveReader`.
func readAll(_ path: String, limits: InputLimits = InputLimits()) throws -> [ReadMember] {
  let reader = try ArchiveReader(path: path, limits: limits)
  var members: [ReadMember] = []
  while let member = try reader.nextMember() {
    members.append(ReadMember(member: member, content: try reader.rest()))
  }
  return members
}

/// The cause that reading the whole archive fails with; nil when it succeeds.
func causeOfReading(_ path: String, limits: InputLimits = InputLimits()) throws -> DatasetError.Cause? {
  do {
    _ = try readAll(path, limits: limits)
    return nil
  } catch let error as DatasetError {
    return error.cause
  }
}

/// The error that surveying fails with; nil when it succeeds.
func errorOfSurveying(_ path: String, limits: InputLimits = InputLimits()) throws -> DatasetError? {
  do {
    _ = try DatasetSurvey(file: path, limits: limits)
    return nil
  } catch let error as DatasetError {
    return error
  }
}
