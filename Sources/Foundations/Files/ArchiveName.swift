/// What a file's name says by itself.
package enum ArchiveName {
  private static let endings = [".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst", ".tar.xz", ".txz", ".zip"]

  /// A name without the ending that says that the file is an archive; nil for any other name.
  package static func stem(of name: String) -> String? {
    let lower = name.lowercased()
    guard let ending = endings.first(where: { lower.hasSuffix($0) }) else { return nil }
    let stem = name.dropLast(ending.count)
    return stem.isEmpty || stem.hasSuffix("/") ? nil : String(stem)
  }
}
