import CLinux
import Glibc
import Ledger
import ServiceConfiguration
import ServiceFoundation

/// The answers to files that were not taken because their bytes are held already: small files in a directory that only the
/// daemon writes, named after the file and its holder.
struct Receipts: Sendable {
  let directory: String

  /// Of each, what `status` shows.
  struct Receipt: Sendable, Equatable {
    /// The dropped file's name.
    var file: String
    /// The release or the job that has the same bytes.
    var holder: String
    var path: String
  }

  /// A month, in nanoseconds.
  private static let lifetime = 30 * 86_400 * 1_000_000_000
  /// More than a person looks through.
  private static let most = 1000

  /// Leaves one, in place of any that an earlier try left before the file could be removed. Blocks.
  func write(_ drop: Drop, holder: ClaimAnswer.Holder) throws(FileError) {
    let text = "duplicate of \(holder.name)\nfile \(drop.name)\n"
    try Directory.make(directory, mode: 0o750)
    for name in holder.earlierNames { try FileMove.remove(path(of: drop, holder: name)) }
    try FileMove.write(Array(text.utf8), to: path(of: drop, holder: holder.name), mode: JobPlaces.reasonMode)
  }

  private func path(of drop: Drop, holder: String) -> String { "\(directory)/\(drop.name)\(Self.mark)\(holder)" }

  /// The newest ones, by name; older ones than a month are removed. Blocks.
  ///
  /// - Parameter now: milliseconds since 1970.
  func list(now: Int) throws(FileError) -> [Receipt] {
    guard try Directory.exists(directory) else { return [] }
    var found: [(receipt: Receipt, modified: Int)] = []
    for name in try Directory.names(in: directory) {
      guard let mark = name.ranges(of: Self.mark).last, !name.hasPrefix("."),
        let stamp = try? FileStamp.of(directory + "/" + name)
      else { continue }
      let path = directory + "/" + name
      if now * 1_000_000 - stamp.modified > Self.lifetime {
        try FileMove.remove(path)
        continue
      }
      let receipt = Receipt(
        file: String(name[..<mark.lowerBound]), holder: String(name[mark.upperBound...]), path: path)
      found.append((receipt, stamp.modified))
    }
    return found.sorted { $0.modified > $1.modified }.prefix(Self.most).map(\.receipt).sorted { $0.path < $1.path }
  }

  private static let mark = ".duplicate-of-"
}
