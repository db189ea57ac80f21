package import Foundations

/// Keys of what has a part under its kind's name.
struct JobKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }

  static let version = JobKey(stringValue: "version")
  static let id = JobKey(stringValue: "id")
  static let threads = JobKey(stringValue: "threads")
  static let kind = JobKey(stringValue: "kind")
}

extension CodingUserInfoKey {
  /// The kinds that are understood, `JobKinds`; without it, all of this program.
  static let jobKinds: CodingUserInfoKey = {
    guard let key = CodingUserInfoKey(rawValue: "dandyroll.job-kinds") else { preconditionFailure("not a key") }
    return key
  }()
}

extension CanonicalJSON {
  /// - Parameter kinds: of the jobs that specs and results may be about.
  /// - Throws: `DecodingError`.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: some Sequence<UInt8>, kinds: JobKinds
  ) throws -> Value {
    try decode(type, from: bytes, context: [.jobKinds: kinds])
  }
}

extension KeyedEncodingContainer<JobKey> {
  /// `"kind":"train","train":{…}`.
  mutating func encode(part: any JobPart) throws {
    let kind = type(of: part).kind
    try encode(kind, forKey: .kind)
    try encode(part, forKey: JobKey(stringValue: kind.rawValue))
  }
}

extension KeyedDecodingContainer<JobKey> {
  func spec(_ decoder: any Decoder) throws -> any JobPart { try kind(decoder).spec(in: self) }
  func result(_ decoder: any Decoder) throws -> any JobPart { try kind(decoder).result(in: self) }

  private func kind(_ decoder: any Decoder) throws -> any JobDefinition.Type {
    let kinds = decoder.userInfo[.jobKinds] as? JobKinds ?? .all
    let name = try decode(JobKind.self, forKey: .kind)
    guard let kind = kinds[name] else {
      throw DecodingError.dataCorruptedError(
        forKey: .kind, in: self, debugDescription: "no such kind of job: \(name.rawValue)")
    }
    return kind
  }
}

extension JobDefinition {
  private static var key: JobKey { JobKey(stringValue: kind.rawValue) }

  fileprivate static func spec(in container: KeyedDecodingContainer<JobKey>) throws -> any JobPart {
    try container.decode(Spec.self, forKey: key)
  }

  fileprivate static func result(in container: KeyedDecodingContainer<JobKey>) throws -> any JobPart {
    try container.decode(Result.self, forKey: key)
  }
}

extension JobPart {
  func equals(_ other: any JobPart) -> Bool { other as? Self == self }
}
