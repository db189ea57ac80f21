import Foundation
import Foundations

/// One line of an audit's transcript (FORMATS.md, "Transcripts").
package enum TranscriptLine: Sendable, Equatable {
  /// A session: who is asked and what was found out.
  case opened(Opened)
  /// A question is about to be sent for the first time.
  case asked(Asked)
  /// A question is done, with an answer or without.
  case answered(Answered)
  /// A question was not taken by the suspect, or we ended its attempts early; it may be asked again.
  case postponed(Answered)
  /// A session's end.
  case closed(Closed)

  package struct Opened: Codable, Sendable, Equatable {
    /// Milliseconds since 1970, like every time here.
    package var time: Int
    package var suspect: Suspect
    package var profile: Profile
    /// Our class names in the order of every answer.
    package var classes: [String]
  }

  package struct Asked: Codable, Sendable, Equatable {
    package var time: Int
    package var question: String
    package var request: Body
  }

  package struct Answered: Codable, Sendable, Equatable {
    package var time: Int
    package var question: String
    package var attempts: [Attempt]
    package var answer: Answer
    /// The body that the answer was read from.
    package var response: Body?
  }

  package struct Closed: Codable, Sendable, Equatable {
    package var time: Int
    package var interruption: Interruption?
    /// The model's fingerprint after the last question; nil where it was not asked again.
    package var fingerprint: String?
  }

  package struct Body: Codable, Sendable, Equatable {
    package var bytes: Int
    package var sha256: String

    init(_ body: [UInt8]) {
      bytes = body.count
      sha256 = HexDigest(of: body).description
    }
  }

  /// One request.
  package struct Attempt: Codable, Sendable, Equatable {
    package var time: Int
    package var milliseconds: Int
    package var status: Int?
    package var fault: NoAnswer.Code?
    /// A stranger's words about a failure, escaped, at most 2 KiB.
    package var message: String?
  }
}

extension TranscriptLine: Codable {
  private enum Event: String, Codable {
    case opened, asked, answered, postponed, closed
  }

  private enum CodingKeys: String, CodingKey {
    case event
  }

  package init(from decoder: any Decoder) throws {
    switch try decoder.container(keyedBy: CodingKeys.self).decode(Event.self, forKey: .event) {
    case .opened: self = .opened(try Opened(from: decoder))
    case .asked: self = .asked(try Asked(from: decoder))
    case .answered: self = .answered(try Answered(from: decoder))
    case .postponed: self = .postponed(try Answered(from: decoder))
    case .closed: self = .closed(try Closed(from: decoder))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .opened(let line):
      try container.encode(Event.opened, forKey: .event)
      try line.encode(to: encoder)
    case .asked(let line):
      try container.encode(Event.asked, forKey: .event)
      try line.encode(to: encoder)
    case .answered(let line):
      try container.encode(Event.answered, forKey: .event)
      try line.encode(to: encoder)
    case .postponed(let line):
      try container.encode(Event.postponed, forKey: .event)
      try line.encode(to: encoder)
    case .closed(let line):
      try container.encode(Event.closed, forKey: .event)
      try line.encode(to: encoder)
    }
  }

  /// Canonical JSON with its newline.
  package func bytes() throws -> [UInt8] {
    Array(try CanonicalJSON.strict(self)) + [UInt8(ascii: "\n")]
  }
}
