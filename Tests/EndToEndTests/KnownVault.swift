import Foundation

/// A vault whose secret is the same in every run. A release draws its key from that, and an innocent model is accused with one
/// key in a hundred: a test of verdicts must not draw a new one each time.
enum KnownVault {
  static func make(at path: String) throws {
    let files = FileManager.default
    try files.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let secret = Data((0..<32).map { UInt8(truncatingIfNeeded: $0 * 7 + 93) })
    try secret.write(to: URL(fileURLWithPath: "\(path)/secret"))
    try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(path)/secret")
  }
}
