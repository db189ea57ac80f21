/// What an audit found, with everything that was found before in its series.
package struct AuditResult: JobPart {
  package static let kind = JobKind.audit

  package struct Reason: Codable, Sendable, Equatable {
    package var code: String
    package var value: Double?
    package var limit: Double?

    package init(code: String, value: Double?, limit: Double?) {
      self.code = code
      self.value = value
      self.limit = limit
    }
  }

  /// What of our classes the suspect has, where that is not all of them, each by itself. An event is one line: of many the
  /// first.
  package struct Classes: Codable, Sendable, Equatable {
    /// Classes that it has, and that it has not.
    package var asked: Int
    package var lacking: Int
    package var missing: [String]
    /// Those that it has as one.
    package var merged: [[String]]

    /// Names that are told, and scalars of each.
    package static let mostNames = 40

    package init(asked: Int, missing: [String], merged: [[String]]) {
      func named(_ names: some Sequence<String>) -> [String] {
        names.prefix(Self.mostNames).map {
          String(String.UnicodeScalarView($0.unicodeScalars.prefix(AuditedAssignment.longestName)))
        }
      }
      self.asked = asked
      lacking = missing.count
      self.missing = named(missing)
      var left = Self.mostNames
      self.merged = merged.prefix { group in
        left -= group.count
        return left >= 0
      }.map(named)
    }
  }

  package var suspect: String
  /// The release directory's name, and its generator's digest, which the daemon keeps to itself.
  package var release: String
  package var generator: String?
  package var number: Int
  /// 0 if the suspect could not be asked what it is, before any series.
  package var series: Int
  /// Questions and answers of this audit.
  package var asked: Int
  package var answered: Int
  /// Questions and answers of the series, and how many it has in all.
  package var seriesAsked: Int
  package var seriesAnswered: Int
  package var seriesQuestions: Int
  /// "trained-on", "not-shown" or "inconclusive", and why.
  package var outcome: String
  package var reasons: [Reason]
  /// What it was asked about, where that is not every class; nil otherwise, and before there was a series.
  package var classes: Classes?
  /// Of the complete rounds: ΔP, pairs of answers, the pooled rank's p-value at the look that decides, decoy carriers, keys
  /// that could have been drawn, looks so far, and the level of the look that decides.
  package var deltaP: Double?
  /// The target class's name, which the daemon keeps to itself, and the answers of the complete rounds; nil before the first.
  package var targetClass: String?
  package var scores: ScoreDistributions?
  /// Of a claim of an assignment; nil for others, and before the first complete round.
  package var assignment: AuditedAssignment?
  package var pairs: Int
  package var pDecoy: Double?
  package var decoys: Int
  package var keys: Int
  package var looks: Int
  package var level: Double?
  /// Natural logarithm of the e-value.
  package var evidence: Double?
  package var pPanel: Double?
  /// Share of the release's marked images that were answered with the target class.
  package var wsr: Double?
  /// "outage", "rate-limit", "refused" or "budget": why the audit ended before its last question.
  package var interruption: String?
  package var modelChanged: Bool
  /// Images of the series that this suspect was asked about before, because there are no others left.
  package var reused: Int
  /// Whether every planned look has been taken.
  package var isComplete: Bool
  /// What identifies the suspect's model.
  package var model: String?
  /// The transcript in the vault, its digest (hex), and the evidence package if one was written.
  package var transcript: String?
  package var transcriptDigest: String?
  package var package: String?

  package init(suspect: String, release: String, generator: String, number: Int, outcome: String, reasons: [Reason]) {
    self.suspect = suspect
    self.release = release
    self.generator = generator
    self.number = number
    self.outcome = outcome
    self.reasons = reasons
    series = 0
    asked = 0
    answered = 0
    seriesAsked = 0
    seriesAnswered = 0
    seriesQuestions = 0
    pairs = 0
    decoys = 0
    keys = 0
    looks = 0
    modelChanged = false
    reused = 0
    isComplete = false
  }

  /// What others than the vault's owner may see: without what the release's commitment rests on.
  package var disclosed: AuditResult {
    var result = self
    result.generator = nil
    result.targetClass = nil
    result.assignment?.classes = nil
    return result
  }
}
