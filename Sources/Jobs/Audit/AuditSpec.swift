package import Foundations

/// Ask one suspect the next questions of its series, and say what all its answers show.
package struct AuditSpec: JobPart {
  package static let kind = JobKind.audit

  /// The suspect's description, JSON (`Suspects.Suspect`; docs/formats, "Suspects").
  package var suspect: String
  /// The suspect's name.
  package var name: String
  /// Names under which the same suspect was asked before: what was asked and spent under them counts.
  package var formerNames: [String]?
  /// The file that holds its credential; nil asks without one.
  package var credential: String?
  /// The release directory, and the vault that holds its private record.
  package var release: String
  package var vault: String
  /// An archive of images that were never released; nil takes the released archive's own test split.
  package var images: String?
  /// The audit's number: greater than those of the suspect's earlier audits.
  package var number: Int
  package var questions: AuditQuestions
  package var judgement: AuditJudgement
  /// The owner's secret key, which signs the evidence package; nil leaves it unsigned.
  package var signingKey: String?
  package var limits: InputLimits

  package init(
    suspect: String, name: String, formerNames: [String]? = nil, credential: String?, release: String, vault: String,
    images: String?, number: Int,
    questions: AuditQuestions, judgement: AuditJudgement, signingKey: String?, limits: InputLimits
  ) {
    self.suspect = suspect
    self.name = name
    self.formerNames = formerNames
    self.credential = credential
    self.release = release
    self.vault = vault
    self.images = images
    self.number = number
    self.questions = questions
    self.judgement = judgement
    self.signingKey = signingKey
    self.limits = limits
  }
}

/// How much is asked, and how fast.
package struct AuditQuestions: Codable, Sendable, Equatable {
  /// Questions of one audit, and of all audits of this suspect in a day (UTC).
  package var perAudit: Int
  package var perDay: Int
  /// Requests a second, and at once.
  package var rate: Double
  package var inFlight: Int
  /// m, images a round; L, looks planned, one after each round.
  package var images: Int
  package var looks: Int
  /// Decoy carriers beside the key's own; 0 takes as many as the last planned look needs.
  package var decoys: Int
  /// Multiples of ε; 0 takes the generator's own.
  package var amplitude: Int

  package init(
    perAudit: Int = 200, perDay: Int = 500, rate: Double = 1, inFlight: Int = 2, images: Int = 10, looks: Int = 3,
    decoys: Int = 0, amplitude: Int = 0
  ) {
    self.perAudit = perAudit
    self.perDay = perDay
    self.rate = rate
    self.inFlight = inFlight
    self.images = images
    self.looks = looks
    self.decoys = decoys
    self.amplitude = amplitude
  }
}

/// The limits by which a verdict is given.
package struct AuditJudgement: Codable, Sendable, Equatable {
  /// α of this claim, its share of the whole.
  package var alpha: Double
  package var panelAlpha: Double
  /// Whether there is no conviction without a reference panel.
  package var needsPanel: Bool
  package var leastPairs: Int
  package var leastAnswerShare: Double
  /// τ of the t-test, which is reported and never decides.
  package var margin: Double

  package init(
    alpha: Double = 0.01, panelAlpha: Double = 0.05, needsPanel: Bool = false, leastPairs: Int = 10,
    leastAnswerShare: Double = 0.8, margin: Double = 0.25
  ) {
    self.alpha = alpha
    self.panelAlpha = panelAlpha
    self.needsPanel = needsPanel
    self.leastPairs = leastPairs
    self.leastAnswerShare = leastAnswerShare
    self.margin = margin
  }
}
