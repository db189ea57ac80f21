/// How large files may be that a stranger may have made, bytes. Each is a multiple of what any real one has.
package enum FileLimits {
  /// A JSON document such as `release.json`: twenty thousand classes take one megabyte.
  package static let document = 8 << 20
  /// A JSON document with a number for every image, such as a plan.
  package static let list = 32 << 20
  /// A minisign signature: minisign's own limits on its two comments, and its numbers.
  package static let signature = 16 << 10
  /// A key, public or secret, or a credential.
  package static let key = 4 << 10
  /// A document with a line for every file of a release, of which there may be as many as a directory may have.
  package static let statement = 128 << 20
  static let credential = 64 << 10
  /// A line of a manifest: a digest, and the longest path that there is.
  static let manifestLine = 8 << 10
  /// A file of a release beside its archive.
  package static let tagFile = 64 << 20
  /// An image file.
  static let image = 64 << 20
}
