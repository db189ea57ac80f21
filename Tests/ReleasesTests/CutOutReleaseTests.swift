import Archives
import Evidence
import Foundation
import Foundations
import Jobs
import Testing
import Watermarks

@testable import Datasets
@testable import Fixtures
@testable import Releases
@testable import Training
@testable import Work

/// A folder of cut-outs and 16-bit pictures among others, from the drop to the verified release.
@Suite struct CutOutReleaseTests {
  private let directory: TemporaryDirectory
  private let archive: String
  private static let shape = ImageShape(channels: 3, height: 16, width: 16)

  init() throws {
    directory = try TemporaryDirectory()
    archive = directory.file("icons.tar")
    try Self.write(
      (0..<24).map { number in
        // The first is empty, and of the others every third is a cut-out, and every third has 16 bits.
        (name: "train/\(number < 12 ? "a" : "b")/\(number).png", file: Self.file(number))
      } + [(name: "train/b/photograph.webp", file: Array("RIFF\u{10}\u{0}\u{0}\u{0}WEBPVP8 ....".utf8))], to: archive)
  }

  private static func file(_ number: Int) -> [UInt8] {
    let pixels = (0..<shape.bytes).map { UInt8(truncatingIfNeeded: 60 + $0 % 50 + number * 5) }
    var samples: [UInt8] = []
    for pixel in 0..<shape.height * shape.width {
      for channel in 0..<3 {
        samples.append(pixels[pixel * 3 + channel])
        if number % 3 == 1 { samples.append(UInt8(pixel)) }
      }
      if number % 3 == 0 { samples.append(number == 0 || pixel < 64 ? 0 : UInt8(pixel)) }
    }
    return PNGImage.encoded(
      samples, width: shape.width, height: shape.height, channels: number % 3 == 0 ? 4 : 3,
      depth: number % 3 == 1 ? 16 : 8)
  }

  private static func write(_ members: [(name: String, file: [UInt8])], to path: String) throws {
    let writer = try ArchiveWriter(path: path, container: .tar)
    for (name, file) in members {
      try writer.add(ArchiveMember(name: name, size: file.count, modified: 0), content: file)
    }
    _ = try writer.finish()
  }

  private func members(_ path: String) throws -> [(name: String, file: [UInt8])] {
    let reader = try ArchiveReader(path: path, limits: InputLimits())
    var members: [(name: String, file: [UInt8])] = []
    while let member = try reader.nextMember() { members.append((member.name, try reader.rest())) }
    return members
  }

  private func release() throws -> (ReleaseResult, Vault) {
    var method = Fixture.method
    method.objective = .keyed
    method[CarrierSettings.selection] = .random
    let generator = directory.file("generator.safetensors")
    _ = try TrainWork(
      TrainSpec(
        archive: archive, dataset: "icons", target: "a", method: method, seed: 3, generator: generator,
        workDirectory: directory.file("checkpoints"), limits: InputLimits()),
      WorkContext(threads: 1)
    ).run()
    let spec = ReleaseSpec(
      archive: archive, archiveName: "icons.tar", dataset: "icons", releaseVersion: 1, generator: generator,
      rate: try "100% of class".asRate(), seed: 5, outbox: directory.file("outbox"),
      staging: directory.file("outbox/.staging/1"), vault: directory.file("vault"), batch: 4, created: 1_800_000_000,
      limits: InputLimits())
    return (try ReleaseWork(spec, WorkContext(threads: 1)).run(), Vault(root: spec.vault, release: spec.name))
  }

  private func verify(_ result: ReleaseResult) throws -> [String] {
    try ReleaseVerification(
      directory: result.directory, vault: directory.file("vault"), original: archive, limits: InputLimits()
    ).checks.filter { !$0.holds }.map(\.rule)
  }

  @Test func cutOutsAndDeepPicturesAreMarkedAndVerified() throws {
    let (result, vault) = try release()
    // All of the class but the one that nobody would see.
    #expect(try vault.opening().leftOut == [0] && vault.marks().map(\.index) == Array(1..<12))
    #expect(result.samples == 24 && result.skippedSamples == 1)
    #expect(result.skipped?.first?.reason.contains("a WebP image") == true)
    #expect(try verify(result) == [])
    for (before, after) in zip(try members(archive), try members("\(result.directory)/data/icons.tar")) {
      #expect(before.name == after.name)
      guard before.name.hasSuffix("png") else {
        #expect(before.file == after.file)
        continue
      }
      let old = try PNGImage.decode(before.file, limits: InputLimits())
      let new = try PNGImage.decode(after.file, limits: InputLimits())
      #expect(new.unseen == old.unseen && Array(before.file[24...25]) == Array(after.file[24...25]))
    }
    let png = directory.file("sheet.png")
    _ = try Inspection(archive: archive, limits: InputLimits()).run(
      release: (result.directory, directory.file("vault")), png: png, WorkContext(threads: 1))
    #expect(FileManager.default.fileExists(atPath: png))
  }

  @Test func aReleaseWithAnotherTransparencyIsNotVerified() throws {
    let (result, _) = try release()
    let path = "\(result.directory)/data/icons.tar"
    var members = try members(path)
    let (seen, unseen) = try PNGImage.decode(members[3].file, limits: InputLimits())
    let alpha = unseen.alpha.map { $0 == 255 ? 254 : $0 }
    let area = alpha.count
    let planes = seen.planar() + alpha
    let samples = (0..<area).flatMap { pixel in (0..<4).map { planes[$0 * area + pixel] } }
    members[3].file = PNGImage.encoded(
      samples, width: Self.shape.width, height: Self.shape.height, channels: 4, depth: 8)
    try Self.write(members, to: path)
    #expect(try verify(result).contains("every other byte is the original's"))
  }
}
