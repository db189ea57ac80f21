package import Foundations

/// What a suspect is going to be asked, fixed and recorded before the first question (docs/formats, "Audits").
///
/// A series has L rounds of m images. In a round every image is asked about clean and under each of c carriers, the G
/// of the release's key and decoys of the same book, all (c + 1)·m questions in one shuffled order; after each round
/// the key's rank among all sets of G carriers is looked at once. Nothing of this depends on any answer, and all
/// carriers are treated alike, so the rank is exact.
/// - Source: METHODS §5.3 and §5.5
package struct AuditPlan: Codable, Sendable, Equatable {
  package static let currentFormat = "dandyroll-audit-plan/1"

  /// Where the images come from.
  package struct Source: Codable, Sendable, Equatable {
    /// File name of the archive and its digest.
    package var name: String
    package var sha256: HexDigest
    /// Whether the images were part of the release, so that a suspect may know them.
    package var isReleased: Bool
    /// Images that may be asked about.
    package var pool: Int

    package init(name: String, sha256: HexDigest, isReleased: Bool, pool: Int) {
      self.name = name
      self.sha256 = sha256
      self.isReleased = isReleased
      self.pool = pool
    }
  }

  /// What is shown to the suspect: question q of a round is about image q mod m in the form q / m.
  package struct Question: Sendable, Equatable {
    /// 0 clean; then the carriers, the key's own first.
    package let form: Int
    /// Index in `samples` and `labels`.
    package let image: Int

    /// The carrier's number in the release's order; nil for a clean image.
    package var carrier: Int? { form == 0 ? nil : form - 1 }
  }

  package var format = Self.currentFormat
  package var suspect: String
  package var release: String
  /// From 1. A new series begins when the suspect's model has changed.
  package var series: Int
  /// Seconds since 1970.
  package var created: Int
  /// What identifies the model that the series is about.
  package var model: String
  private let targetClass: Int?
  private let claimKind: Claim.Kind?
  private let assignedClasses: [Int]?
  package var classes: [String]
  /// What of these the suspect has; nil where it has all of them, each by itself.
  package var answeredAs: SuspectClasses?
  /// Multiples of ε.
  package var amplitude: Int
  /// G, and the decoy carriers beside the key's own.
  package var keySize: Int
  package var decoys: Int
  /// m and L.
  package var images: Int
  package var looks: Int
  /// Looks of earlier series: they have spent their part of α.
  package var looksBefore: Int
  package var policy: VerdictPolicy
  /// τ of the t-test, which is reported and never decides.
  package var margin: Double
  package var source: Source
  /// Indices in the source and labels, (L·m), in the order of rounds.
  package var samples: [Int]
  package var labels: [Int]
  /// How many of the samples this suspect was asked about before, because there are no others left.
  package var reused: Int

  package init(
    suspect: String, release: String, series: Int, created: Int, model: String, claim: Claim, classes: [String],
    answeredAs: SuspectClasses? = nil, amplitude: Int, keySize: Int, decoys: Int, images: Int, looks: Int,
    looksBefore: Int, policy: VerdictPolicy,
    margin: Double,
    source: Source, samples: [Int], labels: [Int], reused: Int
  ) {
    self.suspect = suspect
    self.release = release
    self.series = series
    self.created = created
    self.model = model
    (targetClass, claimKind, assignedClasses) = claim.members
    self.classes = classes
    self.answeredAs = answeredAs
    self.amplitude = amplitude
    self.keySize = keySize
    self.decoys = decoys
    self.images = images
    self.looks = looks
    self.looksBefore = looksBefore
    self.policy = policy
    self.margin = margin
    self.source = source
    self.samples = samples
    self.labels = labels
    self.reused = reused
  }

  /// What the release committed to.
  package var claim: Claim { Claim(targetClass: targetClass, claimKind: claimKind, assignedClasses: assignedClasses) }

  /// c.
  package var carriers: Int { keySize + decoys }

  /// The keys that could have been drawn, the release's among them.
  package var keys: Int {
    let scoring = scoring
    return Self.keys(of: scoring.claim, ofSize: scoring.keySize, decoys: carriers - scoring.keySize)
  }

  package static func keys(of claim: Claim, ofSize size: Int, decoys: Int) -> Int {
    KeyTotals.keys(of: size + decoys, size: size, columns: claim.columns)
  }

  /// How many of them answers can tell apart: where a suspect has several assigned classes as one, exchanging their
  /// carriers changes nothing, and what ties with the key counts against the claim.
  package static func distinctKeys(of claim: Claim, ofSize size: Int, decoys: Int) -> Int {
    guard case .assignment(let classes) = claim, Set(classes).count < classes.count else {
      return keys(of: claim, ofSize: size, decoys: decoys)
    }
    let groups = Dictionary(grouping: classes) { $0 }.values.map(\.count)
    return KeyAssignments.count(of: size + decoys, groups: groups)
  }

  /// The fewest decoy carriers among which `keys` keys could have been drawn that answers can tell apart; at most
  /// `most`. An assignment needs none where its own carriers can be assigned in enough ways.
  package static func decoys(forKeys keys: Int, of claim: Claim, ofSize size: Int, most: Int) -> Int {
    let least = claim.columns == 1 ? 1 : 0
    return (least...max(least, most)).first { distinctKeys(of: claim, ofSize: size, decoys: $0) >= keys } ?? most
  }

  /// The number of the last look that is planned.
  package var lastLook: Int { looksBefore + looks }

  /// (c + 1)·m.
  package var questionsARound: Int { (carriers + 1) * images }

  package var questions: Int { questionsARound * looks }

  package func question(_ number: Int, round: Int) -> Question {
    Question(form: number / images, image: round * images + number % images)
  }

  /// The questions of a round in the order of asking: a shuffle by the release's secret.
  package func order(ofRound round: Int, with secret: ReleaseSecret) -> [Int] {
    let lots = secret.auditLots(.question, suspect: suspect, series: series, round: round)
    return (0..<questionsARound)
      .map { (lots($0), $0) }
      .sorted { $0 < $1 }
      .map(\.1)
  }

  /// The first rule that the plan breaks; nil if it breaks none. A plan from a file has none: it is checked when it is
  /// decoded.
  package var fault: String? {
    func outside<Number: Comparable>(_ name: String, _ value: Number, _ range: ClosedRange<Number>) -> String? {
      range.contains(value) ? nil : "\(name) is \(value), outside \(range.lowerBound) … \(range.upperBound)"
    }
    if format != Self.currentFormat { return "format “\(format)”, not \(Self.currentFormat)" }
    // A key of four among a thousand carriers would take hours to rank.
    let ranges = [
      outside("series", series, 1...DocumentBounds.rounds), outside("created", created, 0...DocumentBounds.whole),
      outside("amplitude", amplitude, DocumentBounds.amplitudes),
      outside("keySize", keySize, 1...DocumentBounds.largestKey),
      outside("decoys", decoys, (claim.columns == 1 ? 1 : 0)...256),
      outside("images", images, 1...Self.mostSamples), outside("looks", looks, 1...Self.mostSamples),
      outside("looksBefore", looksBefore, 0...DocumentBounds.rounds), outside("margin", margin, 0...0.999),
      outside("pool", source.pool, 0...DocumentBounds.samples), outside("reused", reused, 0...Self.mostSamples),
    ]
    if let fault = ranges.compactMap(\.self).first ?? policy.planningFault { return fault }
    // Both factors are at most 2^20.
    if images * looks > Self.mostSamples {
      return "\(looks) rounds of \(images) images are more than \(Self.mostSamples)"
    }
    if !claim.fits(classes: classes.count) {
      return "the claim is \(claim.subject(among: classes)) of \(classes.count) classes"
    }
    if !claim.allows(keySize: keySize) { return "a key of \(keySize) carriers for \(claim.columns) classes" }
    if let fault = answeredAs?.fault(among: classes.count) { return fault }
    if claim.asked(of: answeredAs) == nil { return "the suspect has too few of the claim's classes" }
    if samples.count != images * looks || labels.count != samples.count {
      return "\(samples.count) samples and \(labels.count) labels for \(looks) rounds of \(images)"
    }
    if let sample = samples.first(where: { !(0...DocumentBounds.samples).contains($0) }) { return "sample \(sample)" }
    if let label = labels.first(where: { !classes.indices.contains($0) }) {
      return "label \(label) of \(classes.count) classes"
    }
    if let label = labels.first(where: { name(of: $0) == nil }) {
      return "an image of class \(label), which is missing"
    }
    return isBearable ? nil : "it would take hours to judge, or names that are pages long"
  }

  private static let mostSamples = 1 << 20
}

extension AuditPlan {
  /// - Throws: `DecodingError` for a plan that the program could not have drawn.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func value<Value: Decodable>(_ key: CodingKeys) throws -> Value { try container.decode(Value.self, forKey: key) }
    try self.init(
      suspect: value(.suspect), release: value(.release), series: value(.series), created: value(.created),
      model: value(.model), claim: Claim(from: decoder), classes: value(.classes),
      answeredAs: container.decodeIfPresent(SuspectClasses.self, forKey: .answeredAs), amplitude: value(.amplitude),
      keySize: value(.keySize), decoys: value(.decoys), images: value(.images), looks: value(.looks),
      looksBefore: value(.looksBefore), policy: value(.policy), margin: value(.margin), source: value(.source),
      samples: value(.samples), labels: value(.labels), reused: value(.reused))
    format = try value(.format)
    if let fault {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: fault))
    }
  }
}
