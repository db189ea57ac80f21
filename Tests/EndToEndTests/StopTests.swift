import Datasets
import Foundation
import Foundations
import Glibc
import Networks
import Testing

/// Every command that works for long ends on the first SIGINT or SIGTERM with code 75, wherever it is at that moment.
@Suite(.serialized) struct StopTests {
  /// Files with holes, each far longer than a test lasts.
  private struct Long: Sendable {
    let directory: TemporaryDirectory
    /// CIFAR-10 in six members of four gigabytes, all zeros.
    let archive: String
    /// A release whose archive has half a terabyte.
    let release: String
    /// An evidence package whose transcript has.
    let package: String
    let model: String

    static let shared = Result { try Long() }

    private static let hole = 1 << 39

    private init() throws {
      directory = try TemporaryDirectory()
      (archive, release) = (directory.file("long.tar"), directory.file("release-long-1"))
      (package, model) = (directory.file("package"), directory.file("model.safetensors"))
      try Self.writeArchive(archive)
      try Self.writeRelease(release)
      try FileManager.default.createDirectory(atPath: package, withIntermediateDirectories: true)
      try Self.extend("\(package)/transcript.jsonl", to: Self.hole)
      try Model(
        NetworkDefinition(
          architecture: "cnn", width: 8, input: .init(channels: 3, height: 32, width: 32), classes: 10), seed: 1
      ).save(to: model)
    }

    private static func extend(_ path: String, to bytes: Int) throws {
      if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(fileURLWithPath: path)) }
      try #require(truncate(path, off_t(bytes)) == 0)
    }

    private static func writeArchive(_ path: String) throws {
      try Data().write(to: URL(fileURLWithPath: path))
      let file = try #require(FileHandle(forWritingAtPath: path))
      defer { try? file.close() }
      let size = 1_300_000 * 3073
      let names = (0..<10).map { "class\($0)\n" }.joined()
      try file.write(contentsOf: Self.header("cifar-10-batches-bin/batches.meta.txt", names.utf8.count))
      try file.write(contentsOf: Data(names.utf8))
      var offset = 1024
      for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: Self.header("cifar-10-batches-bin/" + name, size))
        offset += 512 + (size + 511) / 512 * 512
      }
      try Self.extend(path, to: offset + 1024)
    }

    /// A member's header in ustar.
    private static func header(_ name: String, _ size: Int) -> Data {
      var bytes = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, at offset: Int) {
        bytes.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
      }
      func octal(_ number: Int, _ digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: digits - text.count) + text
      }
      put(name, at: 0)
      put("0000644", at: 100)
      put(octal(size, 11), at: 124)
      put(octal(0, 11), at: 136)
      put("        ", at: 148)
      put("0", at: 156)
      put("ustar\u{0}00", at: 257)
      put(octal(bytes.reduce(0) { $0 + Int($1) }, 6) + "\u{0} ", at: 148)
      return Data(bytes)
    }

    private static func writeRelease(_ release: String) throws {
      try FileManager.default.createDirectory(atPath: "\(release)/data", withIntermediateDirectories: true)
      try Self.extend("\(release)/data/long.tar", to: hole)
      let zeros = String(repeating: "0", count: 64)
      try """
      {"archive":{"bytes":\(hole),"path":"data/long.tar","sha256":"\(zeros)"},"classes":["a","b"],"commitment":\
      {"leaves":10,"root":"\(zeros)","scheme":"dandyroll-commitment/1"},"created":"2026-01-01T00:00:00Z","dataset":"long",\
      "format":"dandyroll-release/1","image":{"channels":3,"height":32,"width":32},"largestChange":8,"layout":\
      "cifar10-binary","program":{"name":"dandyroll","version":"0.1"},"samples":{"test":4,"total":10,"train":6},"version":1}

      """.write(toFile: "\(release)/release.json", atomically: true, encoding: .utf8)
      try "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n".write(
        toFile: "\(release)/bagit.txt", atomically: true, encoding: .utf8)
      try "\(zeros)  data/long.tar\n".write(
        toFile: "\(release)/manifest-sha256.txt", atomically: true, encoding: .utf8)
    }
  }

  private let long: Long

  init() throws { long = try Long.shared.get() }

  private func arguments(_ command: String) -> [String] {
    let output = long.directory.file("out-\(UUID().uuidString)")
    return switch command {
    case "release verify": ["release", "verify", long.release]
    case "evidence verify": ["evidence", "verify", long.package]
    case "inspect": ["inspect", long.archive, "--png", output]
    case "train": ["train", long.archive, "--target", "0", "--out", output]
    case "model train": ["model", "train", long.archive, "--architecture", "cnn", "--out", output]
    case "model evaluate": ["model", "evaluate", long.model, long.archive]
    case "attack": ["attack", "prune", long.model, long.archive, "--vault", long.directory.path]
    case "bench": ["bench", "--only", "peak", "--seconds", "600"]
    default: ["bench", "--only", "inference", "--quick", "--seconds", "600"]
    }
  }

  @Test(arguments: [
    "release verify", "evidence verify", "inspect", "train", "model train", "model evaluate", "attack", "bench",
    "bench of many",
  ])
  func endsOnTheFirstSignalWithCode75(command: String) async throws {
    for number in [SIGINT, SIGTERM] {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: DandyrollProgram.path)
      process.arguments = arguments(command)
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
      // Until then a signal would end it as any program.
      for _ in 0..<600 where process.isRunning && !Self.takes(number, process.processIdentifier) {
        try await Task.sleep(for: .milliseconds(100))
      }
      try await Task.sleep(for: .milliseconds(700))
      #expect(process.isRunning, "\(command) has ended by itself")
      kill(process.processIdentifier, number)
      // Two seconds are promised; a test asserts no times, but this would never have ended.
      for _ in 0..<300 where process.isRunning { try await Task.sleep(for: .milliseconds(100)) }
      try #require(!process.isRunning, "\(command) goes on")
      #expect(process.terminationReason == .exit && process.terminationStatus == 75, "\(command)")
    }
  }

  /// Whether the process has said what is to happen on a signal.
  private static func takes(_ number: Int32, _ pid: pid_t) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return false }
    return status.split(separator: "\n").contains { line in
      guard line.hasPrefix("SigCgt:"), let mask = UInt64(line.dropFirst(7).drop { $0 == "\t" }, radix: 16) else {
        return false
      }
      return mask >> UInt64(number - 1) & 1 == 1
    }
  }
}
