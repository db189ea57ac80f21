import Datasets
import Evidence
import Foundation
import Foundations
import Releases
import Watermarks
import Work

/// What only the owner knows about one export of queries: which image is which (docs/formats, "Queries"). It lies in
/// the vault; the exported names tell nothing without it.
struct QuerySheet: Codable, Equatable {
  static let currentFormat = "dandyroll-queries/1"

  var format = Self.currentFormat
  var release: String
  /// The export's number, from 1.
  var number: Int
  /// Who is asked; nil for exports that name nobody, which may be about anybody.
  var suspect: String?
  private var targetClass: Int?
  private var claimKind: Claim.Kind?
  private var assignedClasses: [Int]?
  var classes: [String]
  /// The suspect's; nil where it has the release's.
  var suspectClasses: QueryClasses?
  /// Multiples of ε at which the marks were painted.
  var amplitude: Int
  /// File name of the archive that the images come from.
  var source: String
  /// The source's SHA-256; nil in sheets from before it was recorded.
  var sourceDigest: HexDigest?
  /// Indices of the verification samples in the source, and their labels.
  var samples: [Int]
  var labels: [Int]
  /// G, carriers of the release's key, and decoy carriers beside them.
  var keySize: Int
  var decoys: Int

  init(
    release: String, number: Int, suspect: String? = nil, claim: Claim, classes: [String],
    suspectClasses: QueryClasses? = nil, amplitude: Int, source: String, sourceDigest: HexDigest? = nil, samples: [Int],
    labels: [Int], keySize: Int, decoys: Int
  ) {
    self.release = release
    self.number = number
    self.suspect = suspect
    (targetClass, claimKind, assignedClasses) = claim.members
    self.classes = classes
    self.suspectClasses = suspectClasses
    self.amplitude = amplitude
    self.source = source
    self.sourceDigest = sourceDigest
    self.samples = samples
    self.labels = labels
    self.keySize = keySize
    self.decoys = decoys
  }

  /// What the answers are scored by.
  var claim: Claim { Claim(targetClass: targetClass, claimKind: claimKind, assignedClasses: assignedClasses) }

  /// How the suspect's classes stand to the release's; nil where it has them all, each by itself.
  var answeredAs: SuspectClasses? { suspectClasses?.suspect(among: classes.count) }

  /// How answers are scored.
  var scoring: AuditPlan.Scoring {
    AuditPlan.Scoring(claim, of: answeredAs, keySize: keySize, carriers: keySize + decoys)
  }

  /// Whether both take their samples from one archive. Two archives may have the same name; of old sheets it is all
  /// that is known.
  func isAboutSameImages(as other: QuerySheet) -> Bool {
    sourceDigest.map { $0 == other.sourceDigest } ?? (source == other.source)
  }

  /// Which look at this suspect the answers are, from 1: asking again draws no new key, so each look is paid for.
  /// Exports that name nobody may be about the same suspect, and count.
  /// - Source: METHODS §5.5
  func look(among sheets: [QuerySheet]) -> Int {
    Self.nextLook(at: suspect, after: sheets.filter { $0.number < number })
  }

  static func nextLook(at suspect: String?, after sheets: [QuerySheet]) -> Int {
    1 + sheets.count { $0.suspect == suspect || $0.suspect == nil || suspect == nil }
  }

  /// Names of the clean images, then of those under each carrier, the key's own first: (1 + G + decoys, m).
  func names(_ secret: ReleaseSecret) -> [[String]] {
    (0...keySize + decoys).map { group in
      samples.indices.map { secret.queryName(export: number, number: group * samples.count + $0) }
    }
  }
}

extension QuerySheet {
  /// - Throws: `DecodingError`, also for parts that do not fit each other.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    format = try container.decodeFormat(Self.currentFormat, forKey: .format)
    release = try container.decode(String.self, forKey: .release)
    number = try container.decode(1...DocumentBounds.rounds, forKey: .number)
    suspect = try container.decodeIfPresent(String.self, forKey: .suspect)
    classes = try container.decode([String].self, forKey: .classes)
    (targetClass, claimKind, assignedClasses) = try Claim(from: decoder).members
    suspectClasses = try container.decodeIfPresent(QueryClasses.self, forKey: .suspectClasses)
    amplitude = try container.decode(DocumentBounds.amplitudes, forKey: .amplitude)
    source = try container.decode(String.self, forKey: .source)
    sourceDigest = try container.decodeIfPresent(HexDigest.self, forKey: .sourceDigest)
    samples = try container.decode(each: 0...DocumentBounds.samples, forKey: .samples)
    labels = try container.decode(each: 0...DocumentBounds.classes, forKey: .labels)
    keySize = try container.decode(1...DocumentBounds.largestKey, forKey: .keySize)
    // The finest grid has 8,192 entries.
    decoys = try container.decode(0...1 << 13, forKey: .decoys)
    guard samples.count == labels.count, labels.allSatisfy(classes.indices.contains),
      claim.fits(classes: classes.count),
      claim.allows(keySize: keySize), suspectClasses?.fault(among: classes.count) == nil,
      claim.asked(of: answeredAs) != nil
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .labels, in: container, debugDescription: "a label for each sample, each one of the classes, is needed")
    }
  }
}

extension Vault {
  private var queries: String { "\(directory)/queries" }

  /// The sheets of all exports so far, by number. Drafts that a crash has left have other names and are passed over.
  /// - Throws: `WorkError.malformed` for a sheet that cannot be read.
  func sheets() throws -> [QuerySheet] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: queries)) ?? []
    return try names.filter { $0.hasSuffix(".json") }.map { name in
      let sheet = try CanonicalJSON.decode(QuerySheet.self, from: "\(queries)/\(name)")
      guard name == "\(sheet.number).json", sheet.release == self.name else {
        throw WorkError.malformed(
          path: "\(queries)/\(name)", reason: "the sheet of export \(sheet.number) of \(sheet.release)")
      }
      return sheet
    }
    .sorted { $0.number < $1.number }
  }

  /// Files the sheet under its number, whole or not at all.
  /// - Returns: false if another export has taken the number since the sheets were read.
  func file(_ sheet: QuerySheet) throws -> Bool {
    try DurableFile(queries).createDirectory(mode: 0o700)
    let draft = DurableFile("\(queries)/.\(UUID().uuidString).partial")
    defer { try? draft.remove() }
    try draft.write(CanonicalJSON.encode(sheet), mode: 0o600)
    return try draft.claim("\(queries)/\(sheet.number).json")
  }
}
