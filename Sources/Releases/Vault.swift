import Datasets
package import Evidence
import Foundation
package import Foundations
package import Jobs
package import Watermarks
import Work

/// The private side of one release (docs/formats, "Vault"): what opens its commitment and what audits it.
package struct Vault {
  package let directory: String
  /// The release directory's name.
  package let name: String

  /// - Parameters:
  ///   - root: the vault that holds all releases.
  ///   - release: the release directory's name.
  package init(root: String, release: String) {
    directory = "\(root)/\(release)"
    name = release
  }

  /// The record of a release that a document names: its name leads nowhere but into the vault.
  package init(root: String, release: ReleaseName) { self.init(root: root, release: release.description) }

  /// `opening.json`.
  package struct Opening: Codable, Equatable {
    static let currentFormat = "dandyroll-opening/1"

    var format = Self.currentFormat
    /// Which release it opens; nil in records from before it was written down, which their digests bind to it.
    var release: ReleaseName?
    package var root: HexDigest
    package var statement: ReleaseStatement
    var rate: String
    package var releasedArchive: HexDigest
    /// Indices of samples that might have been marked and were not to be, because the archive has their pixels twice or
    /// next to nothing of them is to be seen; nil in records from before they were left out.
    var leftOut: [Int]?
  }

  /// A line of `marks.jsonl`.
  package struct Mark: Codable, Equatable {
    package var index: Int
    /// In the release; `originalMember` is its name before, where that was another.
    var member: String
    var originalMember: String?
    var offset: Int
    var original: HexDigest
    package var marked: HexDigest
  }

  /// `verification.json`.
  struct Verification: Codable, Equatable {
    static let currentFormat = "dandyroll-verification/1"

    var format = Self.currentFormat
    /// The split that the samples come from: "test" or "validation", or "train" when there is no other.
    var source: String
    var samples: [Int]
  }

  /// `skipped.json`: image files that are no samples, because they are not read.
  struct Skipped: Codable, Equatable {
    struct File: Codable, Equatable {
      var member: String
      var reason: String
    }

    var format = "dandyroll-skipped/1"
    var count: Int
    /// Of more than are kept the first.
    var files: [File]

    package init(_ survey: DatasetSurvey) {
      count = survey.skippedCount
      files = survey.skipped.map { File(member: $0.member, reason: $0.reason) }
    }
  }

  /// `quality.json`: how far the marked samples are from their originals.
  package struct Quality: Codable, Equatable {
    var format = "dandyroll-quality/1"
    var images: Int
    /// dB, the mean over images.
    package var psnr: Double
    /// At most 1, the mean over images; nil in files from before it was measured.
    package var ssim: Double?
    /// In 1/255.
    package var largestChange: Int
    /// The quality of JPEG files that samples were written as; nil where all are exactly as marked.
    package var jpegQuality: Int?
    package var perceptual: PerceptualDistance.Summary?

    var figures: [String: Double] {
      var figures = ["psnr": psnr, "largestChange": Double(largestChange)]
      figures["ssim"] = ssim
      if let perceptual { figures[perceptual.isLPIPS ? "lpips" : "featureDistance"] = perceptual.mean }
      figures["jpegQuality"] = jpegQuality.map(Double.init)
      return figures
    }
  }

  package var generator: String { "\(directory)/generator.safetensors" }

  /// The surrogate that the generator was trained against or chose its samples by, if one was kept with it.
  package var surrogate: String { "\(directory)/surrogate.safetensors" }

  /// Writes the whole record, by rename: it is there completely or not at all. A record is only ever added to: where
  /// the same one is there already, with all that audits and qualifications have put beside it, nothing is touched.
  /// - Parameters:
  ///   - generator: the path of its file.
  ///   - surrogate: the path of the file that was kept with the generator; nil if there is none.
  /// - Throws: `WorkError.otherRelease` if the vault holds another release under this name.
  func write(
    opening: Opening, marks: [Mark], verification: Verification, quality: Quality, sheet: SampleSheet, skipped: Skipped,
    generator: String, surrogate: String? = nil
  ) throws {
    if DurableFile(directory).exists {
      return try check(opening: opening, marks: marks, verification: verification, generator: generator)
    }
    // No release has such a name, so that what a crash leaves is never taken for a record.
    let staging = "\(DurableFile(directory).parent)/.\(name).partial"
    try DurableFile(staging).remove()
    try DurableFile(staging).createDirectory(mode: 0o700)
    try DurableFile("\(staging)/opening.json").write(CanonicalJSON.encode(opening), mode: 0o600)
    let lines = try marks.reduce(into: Data()) { $0 += try CanonicalJSON.encode($1) }
    try DurableFile("\(staging)/marks.jsonl").write(lines, mode: 0o600)
    try DurableFile("\(staging)/verification.json").write(CanonicalJSON.encode(verification), mode: 0o600)
    try DurableFile("\(staging)/quality.json").write(CanonicalJSON.encode(quality), mode: 0o600)
    try DurableFile("\(staging)/sheet.json").write(CanonicalJSON.encode(sheet), mode: 0o600)
    if skipped.count > 0 {
      try DurableFile("\(staging)/skipped.json").write(CanonicalJSON.encode(skipped), mode: 0o600)
    }
    try DurableFile(generator).copy(to: "\(staging)/generator.safetensors", mode: 0o600)
    if let surrogate { try DurableFile(surrogate).copy(to: "\(staging)/surrogate.safetensors", mode: 0o600) }
    try DurableFile(staging).synchronise()
    try DurableFile(staging).rename(to: directory)
  }

  /// Whether the record that is there is what `write` would write, as far as the release is bound to it: how its marks
  /// were measured and shown may depend on what was at hand.
  private func check(opening: Opening, marks: [Mark], verification: Verification, generator: String) throws {
    func differs(_ what: String) -> WorkError {
      .otherRelease(
        path: directory,
        reason:
          "its \(what) is not this release's, and a record is never replaced; make the release under another number")
    }
    let found = try self.opening()
    guard
      (found.root, found.statement, found.releasedArchive) == (opening.root, opening.statement, opening.releasedArchive)
    else { throw differs("commitment") }
    guard try self.marks() == marks else { throw differs("list of marked samples") }
    guard try CanonicalJSON.decode(Verification.self, from: "\(directory)/verification.json") == verification else {
      throw differs("list of verification samples")
    }
    guard try DurableFile(self.generator).read() == DurableFile(generator).read() else { throw differs("generator") }
  }

  /// What the record was made for; nil if there is none.
  func openingIfThere() throws -> Opening? { DurableFile(directory).exists ? try opening() : nil }

  package func opening() throws -> Opening { try CanonicalJSON.decode(Opening.self, from: "\(directory)/opening.json") }

  /// What opens a release, if the record is that release's.
  /// - Throws: `WorkError.otherRelease`; its key must not be taken for a stranger's archive of the same name.
  package func opening(of document: ReleaseDocument) throws -> Opening {
    let opening = try opening()
    if let reason = opening.difference(from: document) { throw WorkError.otherRelease(path: directory, reason: reason) }
    return opening
  }

  package func quality() throws -> Quality { try CanonicalJSON.decode(Quality.self, from: "\(directory)/quality.json") }

  package func marks() throws -> [Mark] {
    let path = "\(directory)/marks.jsonl"
    let file = try WorkError.reading(path) { () throws(FileFault) in try StrangersFile(path) }
    var lines = file.lines(limit: FileLimits.document)
    var marks: [Mark] = []
    do {
      while let line = try lines.next() {
        if line.isEmpty { continue }
        marks.append(try CanonicalJSON.decode(Mark.self, from: line))
      }
    } catch let fault as FileFault {
      throw WorkError(fault, path: path)
    } catch {
      throw WorkError.malformed(path: path, reason: String(describing: error))
    }
    return marks
  }
}

// MARK: - Decoding

// Records of a vault may be handed over in a dispute, and a stranger's may be shown instead: what they say is checked
// where it is read.

extension Vault.Opening {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    format = try container.decodeFormat(Self.currentFormat, forKey: .format)
    release = try container.decodeIfPresent(ReleaseName.self, forKey: .release)
    root = try container.decode(HexDigest.self, forKey: .root)
    statement = try container.decode(ReleaseStatement.self, forKey: .statement)
    rate = try container.decode(String.self, forKey: .rate)
    releasedArchive = try container.decode(HexDigest.self, forKey: .releasedArchive)
    if container.contains(.leftOut) {
      leftOut = try container.decode(each: 0...DocumentBounds.samples, forKey: .leftOut)
    }
  }

  /// Why this does not open the release that a `release.json` describes; nil if it does.
  func difference(from document: ReleaseDocument) -> String? {
    if let release, release != document.name { return "it opens \(release), not \(document.name)" }
    if releasedArchive != document.archive.sha256 {
      return "it is of the archive with SHA-256 \(releasedArchive), not \(document.archive.sha256)"
    }
    if root != document.commitment.root { return "its root is \(root), not \(document.commitment.root)" }
    if statement.samples != document.commitment.leaves {
      return "it is of \(statement.samples) samples, not \(document.commitment.leaves)"
    }
    return statement.claim.fits(classes: document.classes.count)
      ? nil : "\(statement.claim.subject(among: document.classes)) is none of \(document.classes.count)"
  }
}

extension Vault.Mark {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    index = try container.decode(0...DocumentBounds.samples, forKey: .index)
    member = try container.decode(String.self, forKey: .member)
    originalMember = try container.decodeIfPresent(String.self, forKey: .originalMember)
    offset = try container.decode(0...DocumentBounds.whole, forKey: .offset)
    original = try container.decode(HexDigest.self, forKey: .original)
    marked = try container.decode(HexDigest.self, forKey: .marked)
  }
}

extension Vault.Verification {
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    format = try container.decodeFormat(Self.currentFormat, forKey: .format)
    source = try container.decode(String.self, forKey: .source)
    samples = try container.decode(each: 0...DocumentBounds.samples, forKey: .samples)
  }
}
