import Archives
import Datasets
import Foundation
import Foundations
import Glibc
import Networks
import NeuralNet
import Testing

/// The built program on files of strangers: it ends, says what is wrong in a line that a terminal can be shown, and takes no
/// more memory than its work needs.
@Suite(.serialized) struct HostileInputTests {
  /// Runs a command that may take a gigabyte of memory and a minute: what would wait or grow for ever ends in another way.
  private func run(_ arguments: [String], megabytes: Int? = nil) async throws -> DandyrollProgram.Ended {
    let limit = megabytes.map { "ulimit -v \($0 << 10); " } ?? ""
    let child = try await ChildProcess.run(
      "/usr/bin/timeout",
      ["--signal=KILL", "60", "/bin/sh", "-c", limit + "exec \"$0\" \"$@\"", DandyrollProgram.path] + arguments)
    return DandyrollProgram.Ended(
      code: child.code, output: String(decoding: child.output, as: UTF8.self),
      errors: String(decoding: child.errors, as: UTF8.self))
  }

  private func sparse(_ path: String, _ bytes: Int, starting head: [UInt8] = []) throws {
    try Data(head).write(to: URL(fileURLWithPath: path))
    try #require(truncate(path, off_t(bytes)) == 0)
  }

  @Test(arguments: ["fifo", "device"]) func noCommandWaitsForAFIFOOrReadsADevice(kind: String) async throws {
    let directory = try TemporaryDirectory()
    let bent = directory.file("bent")
    if kind == "fifo" {
      try #require(mkfifo(bent, 0o600) == 0)
    } else {
      try FileManager.default.createSymbolicLink(atPath: bent, withDestinationPath: "/dev/zero")
    }
    let (release, vault) = (directory.file("release-x-1"), directory.file("vault"))
    for place in [release, vault] {
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    }
    try FileManager.default.createSymbolicLink(atPath: "\(release)/release.json", withDestinationPath: bent)
    let commands: [[String]] = [
      ["release", "verify", release], ["evidence", "verify", bent], ["queries", "score", bent, "--vault", vault],
      ["model", "evaluate", bent, bent], ["model", "serve", bent, "--port", "0"],
      ["inspect", bent, "--png", directory.file("x.png")],
      ["train", bent, "--target", "a", "--out", directory.file("g")],
      ["release", bent, "--generator", bent, "--out", directory.file("out")],
      ["model", "ask", "http://127.0.0.1:9/v2/models/m", bent, "--classes", "a,b", "--allow-private"],
      ["job", "run", bent],
    ]
    for command in commands {
      let ended = try await run(command, megabytes: 4096)
      #expect([1, 3].contains(ended.code), "\(command[0]) \(command[1]): \(ended.code) \(ended.errors.suffix(300))")
    }
  }

  @Test func bigFilesOfStrangersAreRefusedBeforeTheyAreInMemory() async throws {
    let directory = try TemporaryDirectory()
    let (csv, release, vault) = (directory.file("a.csv"), directory.file("release-x-1"), directory.file("vault"))
    for place in [release, vault] {
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    }
    let big = 8 << 30
    try sparse(csv, big, starting: Array("name,label\n".utf8))
    try sparse("\(release)/release.json", big)
    let model = directory.file("model.safetensors")
    // A header of ninety megabytes, all of them there.
    let header = 90_000_000
    try sparse(model, header + 8, starting: withUnsafeBytes(of: UInt64(header).littleEndian) { Array($0) })
    let commands = [
      ["queries", "score", csv, "--vault", vault], ["release", "verify", release], ["model", "serve", model],
      ["release", "verify", release, "--owner-key", csv],
    ]
    for command in commands {
      let ended = try await run(command, megabytes: 4096)
      #expect(ended.code == 3, "\(command): \(ended.code) \(ended.errors.suffix(300))")
    }
  }

  @Test func aSmallModelOfHugeImagesIsRefusedAndDoesNotAbort() async throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("huge.safetensors")
    let definition = NetworkDefinition(
      architecture: "resnet18", width: 2, input: .init(channels: 3, height: 32, width: 32), classes: 10)
    let model = try Model(definition, seed: 1)
    var huge = definition
    (huge.input.height, huge.input.width) = (16_384, 16_384)
    try SafetensorsWriter.write(model.tensors, metadata: [Model.definitionKey: huge.json], to: path)
    let ended = try await run(["model", "serve", path, "--port", "0"])
    #expect(ended.code == 3 && ended.errors.contains("activations"), "\(ended.code) \(ended.errors.suffix(300))")
  }

  // MARK: - What a terminal is shown

  private static let names = [
    "\u{1B}[2Jx", "gnp.\u{202E}exe", "a\nok    signed by the owner", "ca\u{200B}t", "\u{9B}31mx",
  ]

  private func isHarmless(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      if scalar == "\n" { return true }
      return switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: false
      default: true
      }
    }
  }

  @Test(arguments: names) func namesOfStrangersMoveNoCursorAndForgeNoLine(name: String) async throws {
    let directory = try TemporaryDirectory()
    let (release, package) = (directory.file("release-x-1"), directory.file("package"))
    for place in [release, package] {
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    }
    let quoted = String(decoding: try JSONEncoder().encode(name), as: UTF8.self)
    try "{\"format\":\(quoted),\(quoted):[]}".write(
      toFile: "\(release)/release.json", atomically: true, encoding: .utf8)
    try "\(name)\n".write(toFile: "\(package)/\(name)", atomically: true, encoding: .utf8)
    let model = directory.file("model.safetensors")
    try SafetensorsWriter.write([name: Tensor(shape: [1], values: [1])], metadata: ["network": name], to: model)
    let table = directory.file("a.csv")
    try "\(name),1\n".write(toFile: table, atomically: true, encoding: .utf8)
    let commands = [
      ["release", "verify", release], ["evidence", "verify", package], ["model", "serve", model],
      ["queries", "score", table, "--vault", package], ["inspect", directory.file(name), "--png", directory.file("x")],
    ]
    for command in commands {
      let ended = try await run(command)
      #expect([1, 3].contains(ended.code), "\(command): \(ended.code)")
      #expect(isHarmless(ended.errors) && isHarmless(ended.output), "\(command): \(ended.errors)")
      #expect(
        ended.errors.split(separator: "\n").count { !$0.hasPrefix("{") } == 1, "\(command): \(ended.errors)")
    }
  }

  /// Names of classes may be anything but control characters; their order on the screen is theirs to change otherwise.
  @Test func classesOfAnArchiveAreShownInTheirOrder() async throws {
    let directory = try TemporaryDirectory()
    let archive = directory.file("folder.tar")
    let writer = try ArchiveWriter(path: archive, container: .tar)
    let picture = PNGImage(width: 8, height: 8, channels: 3, pixels: [UInt8](repeating: 9, count: 192)).encoded()
    for name in ["gnp.\u{202E}tac", "ca\u{200B}t"] {
      for number in 0..<4 {
        try writer.add(
          ArchiveMember(name: "train/\(name)/\(number).png", size: picture.count, modified: 0), content: picture)
      }
    }
    _ = try writer.finish()
    let ended = try await run(["inspect", archive, "--png", directory.file("sheet.png")])
    #expect(ended.code == 0, "\(ended.errors)")
    #expect(isHarmless(ended.output) && isHarmless(ended.errors), "\(ended.output)")
    #expect(ended.output.contains("gnp.\\u{202e}tac: 4") && ended.output.contains("ca\\u{200b}t: 4"))
  }
}
