import Datasets
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
    /// Indices of the target class's training samples that were not to be marked, because the archive has their pixels
    /// twice; nil in records from before they were left out.
    var leftOut: [Int]?
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

  /// `skipped.json`: image files that are no samples, because they cannot be read.
  struct Skipped: Codable, Equatable {
    struct File: Codable, Equatable {
      var member: String
      var reason: String
    }

    var format = "dandyroll-skipped/1"
    var count: Int
    /// Of more than are kept the first.
    var files: [File]

    init(_ survey: DatasetSurvey) {
      count = survey.skippedCount
      files = survey.skipped.map { File(member: $0.member, reason: $0.reason) }
    }
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

  /// Writes the whole record, by rename: it is there completely or not at all.
  /// - Parameters:
  ///   - generator: the path of its file.
  ///   - surrogate: the path of the file that was kept with the generator; nil if there is none.
  /// - Throws: `WorkError.alreadyThere` if the vault holds another release under this name; its secrets are not replaced.
  func write(
    opening: Opening, marks: [Mark], verification: Verification, quality: Quality, sheet: SampleSheet, skipped: Skipped,
    generator: String, surrogate: String? = nil
  ) throws {
    if FileManager.default.fileExists(atPath: directory) {
      guard try self.opening() == opening else { throw WorkError.alreadyThere(path: directory) }
    }
    let staging = directory + ".partial"
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
    try DurableFile(directory).remove()
    try DurableFile(staging).rename(to: directory)
  }

  func opening() throws -> Opening { try CanonicalJSON.decode(Opening.self, from: "\(directory)/opening.json") }

  func quality() throws -> Quality { try CanonicalJSON.decode(Quality.self, from: "\(directory)/quality.json") }

  func marks() throws -> [Mark] {
    let path = "\(directory)/marks.jsonl"
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { throw WorkError.missing(path: path) }
    return try text.split(separator: "\n").map { line in
      do { return try JSONDecoder().decode(Mark.self, from: Data(line.utf8)) } catch {
        throw WorkError.malformed(path: path, reason: String(describing: error))
      }
    }
  }
}
