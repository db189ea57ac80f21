/// What a finished job leaves behind.
package struct JobResult: Sendable, Equatable {
  /// The result of the job's kind.
  package var content: any JobPart

  package init(_ content: any JobPart) { self.content = content }

  package static func == (a: Self, b: Self) -> Bool { a.content.equals(b.content) }
}

/// `{"kind":"train","train":{…}}`; every kind has its result under its own name.
extension JobResult: Codable {
  package init(from decoder: any Decoder) throws {
    content = try decoder.container(keyedBy: JobKey.self).result(decoder)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: JobKey.self)
    try container.encode(part: content)
  }
}
