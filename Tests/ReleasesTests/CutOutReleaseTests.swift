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

  /// As a version made it that took these pictures for unreadable, and numbered the others.
  private func earlierRelease() throws -> (directory: String, vault: Vault) {
    let (model, record) = try release()
    let generator = try Generator(contentsOf: record.generator)
    let survey = try generator.seeing(
      DatasetSurvey(file: archive, limits: InputLimits(), onProgress: { _ in }).counting(8), file: record.generator)
    let choice = MarkedChoice(generator.watermark, in: survey)
    let first = try record.opening().statement
    var statement = ReleaseStatement(
      generator: first.generator, source: first.source, claim: first.claim, epsilon: first.epsilon, seed: first.seed,
      samples: survey.count, markedSamples: choice.candidates.count, key: first.key)
    let plan = try choice.plan(
      marking: choice.candidates.count, of: survey.digest, with: statement.secret, leftOut: choice.leftOut)
    statement.claim = plan.claim

    var document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(model.directory)/release.json")
    document.version = 2
    let directory = directory.file("outbox/\(document.name)")
    try DurableFile("\(directory)/data").createDirectory()
    let marker = try generator.watermark.marker(
      statement.secret, of: plan.claim, amplitude: 1, batch: 8, threads: 1)
    let chosen = Set(plan.samples)
    let rewritten = try ArchiveRewriter(survey, batch: 8, budget: generator.watermark.budget).rewrite(
      to: "\(directory)/\(document.archive.path)", choose: { chosen.contains($0) }, onProgress: { _ in },
      marker: { pixels, batch in pixels = try marker.mark(pixels, batch) })
    let marks = rewritten.marked.map(Vault.Mark.init)
    let root = try ReleaseCommitment.root(
      of: statement, marks: Dictionary(uniqueKeysWithValues: marks.map { ($0.index, $0.marked) }))
    document.archive.bytes = rewritten.outputBytes
    document.archive.sha256 = rewritten.outputDigest
    document.samples.total = survey.count
    document.samples.train = survey.count
    document.commitment.leaves = survey.count
    document.commitment.root = root
    try ReleaseDirectory(path: directory).seal(
      document, terms: ReleaseTerms(),
      payload: [(document.archive.path, rewritten.outputBytes, rewritten.outputDigest)], container: survey.container,
      key: nil, created: 1_800_000_000, onProgress: { _ in })
    let vault = Vault(root: self.directory.file("vault"), release: document.name)
    try vault.write(
      opening: Vault.Opening(
        release: document.name, root: root, statement: statement, rate: "100% of class",
        releasedArchive: rewritten.outputDigest, leftOut: choice.leftOut),
      marks: marks,
      verification: Vault.Verification(VerificationPool(survey, claim: statement.claim, except: chosen)),
      quality: record.quality(),
      sheet: CanonicalJSON.decode(SampleSheet.self, from: "\(record.directory)/sheet.json"),
      skipped: Vault.Skipped(survey), generator: record.generator)
    return (directory, vault)
  }

  @Test func aReleaseThatWasMadeWhenTheseWereUnreadableIsVerifiedAsItWas() throws {
    let (directory, vault) = try earlierRelease()
    let vaults = self.directory.file("vault")
    #expect(try vault.opening().statement.samples == 8 && vault.marks().map(\.index) == Array(0..<4))
    #expect(try vault.marks().map(\.member) == [2, 5, 8, 11].map { "train/a/\($0).png" })
    let checks = try ReleaseVerification(
      directory: directory, vault: vaults, original: archive, limits: InputLimits()
    ).checks
    #expect(checks.filter { !$0.holds } == [])
    let survey = try Inspection(archive: archive, limits: InputLimits()).run(
      release: (directory, vaults), png: self.directory.file("sheet.png"), WorkContext(threads: 1))
    #expect(survey.count == 8)
  }
}
