import Evidence
import Foundation
import Jobs
import Watermarks

/// The private side of one release (FORMATS.md, "Vault"): what opens its commitment and what audits it.
struct Vault {
  let directory: String
  /// The release directory's name.
  let name: String

  /// - Parameters:
  ///   - root: the vault that holds all releases.
  ///   - release: the release directory's name.
  init(root: String, release: String) {
    directory = "\(root)/\(release)"
    name = release
  }

  /// `opening.json`.
  struct Opening: Codable, Equatable {
    var format = "dandyroll-opening/1"
    var root: HexDigest
    var statement: ReleaseStatement
    var rate: String
    var releasedArchive: HexDigest
  }

  /// A line of `marks.jsonl`.
  struct Mark: Codable, Equatable {
    var index: Int
    /// In the release; `originalMember` is its name before, where that was another.
    var member: String
    var originalMember: String?
    var offset: Int
    var original: HexDigest
    var marked: HexDigest
  }

  /// `verification.json`.
  struct Verification: Codable, Equatable {
    var format = "dandyroll-verification/1"
    /// The split that the samples come from: "test" or "validation", or "train" when there is no other.
    var source: String
    var samples: [Int]
  }

  /// `quality.json`: how far the marked samples are from their originals.
  struct Quality: Codable, Equatable {
    var format = "dandyroll-quality/1"
    var images: Int
    /// dB, the mean over images.
    var psnr: Double
    /// At most 1, the mean over images; nil in files from before it was measured.
    var ssim: Double?
    /// In 1/255.
    var largestChange: Int
    /// The quality of JPEG files that samples were written as; nil where all are exactly as marked.
    var jpegQuality: Int?
    var perceptual: PerceptualDistance.Summary?

    var figures: [String: Double] {
      var figures = ["psnr": psnr, "largestChange": Double(largestChange)]
      figures["ssim"] = ssim
      if let perceptual { figures[perceptual.isLPIPS ? "lpips" : "featureDistance"] = perceptual.mean }
      figures["jpegQuality"] = jpegQuality.map(Double.init)
      return figures
    }
  }

  var generator: String { "\(directory)/generator.safetensors" }

  /// The surrogate that the generator was trained against or chose its samples by, if one was kept with it.
  var surrogate: String { "\(directory)/surrogate.safetensors" }

  /// Writes the whole record, by rename: it is there completely or not at all. A record is only ever added to: where the
  /// same one is there already, with all that audits and qualifications have put beside it, nothing is touched.
  /// - Parameters:
  ///   - generator: the path of its file.
  ///   - surrogate: the path of the file that was kept with the generator; nil if there is none.
  /// - Throws: `WorkError.otherRelease` if the vault holds another release under this name.
  func write(
    opening: Opening, marks: [Mark], verification: Verification, quality: Quality, sheet: SampleSheet,
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
    try DurableFile(generator).copy(to: "\(staging)/generator.safetensors", mode: 0o600)
    if let surrogate { try DurableFile(surrogate).copy(to: "\(staging)/surrogate.safetensors", mode: 0o600) }
    try DurableFile(staging).synchronise()
    try DurableFile(staging).rename(to: directory)
  }

  /// Whether the record that is there is what `write` would write, as far as the release is bound to it: how its marks were
  /// measured and shown may depend on what was at hand.
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

  func opening() throws -> Opening { try CanonicalJSON.decode(Opening.self, from: "\(directory)/opening.json") }

  func quality() throws -> Quality { try CanonicalJSON.decode(Quality.self, from: "\(directory)/quality.json") }

  func marks() throws -> [Mark] {
    let path = "\(directory)/marks.jsonl"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { throw WorkError.missing(path: path) }
    return try text.split(separator: "\n").map { line in
      do { return try JobJSON.decode(Mark.self, from: line.utf8) } catch {
        throw WorkError.malformed(path: path, reason: String(describing: error))
      }
    }
  }
}
