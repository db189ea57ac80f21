import Foundations

/// Why a job ended without a result: the content of REASON.json (docs/formats).
package struct JobFailure: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable {
    /// The input breaks a rule; the same input will always be refused.
    case refused
    /// The world was in the way (disk full, I/O error); the same job may pass later.
    case transient
    /// Anything else.
    case failed
  }

  package var kind: Kind
  /// A stable word for the rule that was broken, such as "truncated-member" or "unknown-class".
  package var code: String
  package var stage: String
  /// One line that names file, member, offset and rule, fit to be shown as it is.
  package var message: String
  package var file: String?
  package var member: String?
  /// Byte offset inside `member`, or inside `file` when there is no member.
  package var offset: Int?
  package var limit: Int?
  /// The program's version.
  package var version: String

  package init(
    kind: Kind, code: String, stage: String, message: String, file: String? = nil, member: String? = nil,
    offset: Int? = nil, limit: Int? = nil, version: String = ProgramVersion.current
  ) {
    self.kind = kind
    self.code = code
    self.stage = stage
    self.message = message.printable
    self.file = file
    self.member = member
    self.offset = offset
    self.limit = limit
    self.version = version
  }
}
