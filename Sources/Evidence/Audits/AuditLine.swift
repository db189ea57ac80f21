package import Foundations

/// What a suspect said about one image.
package enum SuspectAnswer: Sendable, Equatable {
  /// (K), in [0, 1].
  case probabilities([Double])
  /// The few most probable classes.
  case top([Int: Double])
  case label(Int)

  package var kind: ScoreKind {
    switch self {
    case .probabilities: .probabilities
    case .top: .topK
    case .label: .label
    }
  }

  /// The class that is answered: of equals, the first.
  package var label: Int? {
    switch self {
    case .probabilities(let values): values.indices.max { (values[$0], -$0) < (values[$1], -$1) }
    case .top(let values): values.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key
    case .label(let label): label
    }
  }
}

/// A line of an audit's transcript, canonical JSON; lines are only ever appended (docs/formats, "Audits").
package struct AuditLine: Codable, Sendable, Equatable {
  package enum Event: String, Codable, Sendable {
    /// An audit begins: `model`, `answeredAs`, `profile`, `alpha`.
    case begin
    /// A question is about to be sent: `round`, `question`, `image`, `request`. It is not sent again, whatever happens.
    case ask
    /// `round`, `question` and what came of it.
    case answer
    /// An audit ends: `interruption`, `modelChanged`.
    case end
  }

  package var event: Event
  /// The audit's number.
  package var audit: Int
  /// Milliseconds since 1970.
  package var time: Int
  package var model: String?
  /// What of our classes it has, where that is not all of them, each by itself.
  package var answeredAs: SuspectClasses?
  /// What the suspect says of itself and how pictures become its input, JSON.
  package var profile: String?
  /// α that the claim may spend, where that is less by now than its plan says.
  package var alpha: Double?
  package var round: Int?
  package var question: Int?
  /// Digests of the pixels (C, H, W) that the question shows and of the request's body.
  package var image: HexDigest?
  package var request: HexDigest?
  /// HTTP status of the last attempt, and attempts.
  package var status: Int?
  package var attempts: Int?
  package var answer: SuspectAnswer?
  /// Why there is no answer.
  package var problem: String?
  /// Whether the suspect certainly took no notice of the question, so that it counts as not asked.
  package var postponed: Bool?
  package var interruption: AuditHealth.Interruption?
  package var modelChanged: Bool?

  package init(_ event: Event, audit: Int, time: Int) {
    self.event = event
    self.audit = audit
    self.time = time
  }
}

// MARK: - JSON

extension AuditLine {
  /// - Throws: `DecodingError`, also for a number that no audit writes down.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    event = try container.decode(Event.self, forKey: .event)
    audit = try container.decode(0...DocumentBounds.whole, forKey: .audit)
    time = try container.decode(0...DocumentBounds.whole, forKey: .time)
    model = try container.decodeIfPresent(String.self, forKey: .model)
    answeredAs = try container.decodeIfPresent(SuspectClasses.self, forKey: .answeredAs)
    profile = try container.decodeIfPresent(String.self, forKey: .profile)
    alpha = try container.decodeIfPresent(1e-16...0.5, forKey: .alpha)
    round = try container.decodeIfPresent(0...DocumentBounds.rounds, forKey: .round)
    question = try container.decodeIfPresent(0...DocumentBounds.whole, forKey: .question)
    image = try container.decodeIfPresent(HexDigest.self, forKey: .image)
    request = try container.decodeIfPresent(HexDigest.self, forKey: .request)
    status = try container.decodeIfPresent(0...999, forKey: .status)
    // Requests of a day are added up.
    attempts = try container.decodeIfPresent(0...1_000_000, forKey: .attempts)
    answer = try container.decodeIfPresent(SuspectAnswer.self, forKey: .answer)
    problem = try container.decodeIfPresent(String.self, forKey: .problem)
    postponed = try container.decodeIfPresent(Bool.self, forKey: .postponed)
    interruption = try container.decodeIfPresent(AuditHealth.Interruption.self, forKey: .interruption)
    modelChanged = try container.decodeIfPresent(Bool.self, forKey: .modelChanged)
  }
}

/// `{"probabilities":[…]}`, `{"top":{"3":0.9}}` or `{"label":3}`.
extension SuspectAnswer: Codable {
  private enum CodingKeys: CodingKey { case probabilities, top, label }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    guard container.allKeys.count == 1 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: container.codingPath, debugDescription: "an answer is probabilities, or top, or a label"))
    }
    if let values = try container.decodeIfPresent([Double].self, forKey: .probabilities) {
      self = .probabilities(values)
    } else if let values = try container.decodeIfPresent([String: Double].self, forKey: .top) {
      var top: [Int: Double] = [:]
      for (name, value) in values {
        // "3", "03" and "+3" would be one class with several probabilities.
        guard let label = Int(name), "\(label)" == name else {
          throw DecodingError.dataCorruptedError(forKey: .top, in: container, debugDescription: "“\(name)” is no class")
        }
        top[label] = value
      }
      self = .top(top)
    } else {
      self = .label(try container.decode(Int.self, forKey: .label))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .probabilities(let values): try container.encode(values, forKey: .probabilities)
    case .top(let values):
      try container.encode(Dictionary(uniqueKeysWithValues: values.map { ("\($0)", $1) }), forKey: .top)
    case .label(let label): try container.encode(label, forKey: .label)
    }
  }
}
