import CLinux
import Foundations
import ServiceFoundation

/// What was found in the directories of an inbox, so that they are not looked through at every event: one is when it is new, when
/// it has changed at its top, and when the last look is old.
struct TreeLooks: Sendable {
  enum Found: Sendable, Equatable {
    case stamp(FileStamp)
    /// Why nothing can be made of it.
    case problem(String)
  }

  private struct Look {
    var found: Found
    var top: [UInt64]
    /// When it ended, and how long it took, milliseconds.
    var at: Int
    var took: Int
  }

  /// What all looks at one inbox may take together, milliseconds; what is left over has its turn next time.
  private static let budget = 5000
  /// A look may take a tenth of the time.
  private static let share = 10

  private var looks: [String: Look] = [:]
  private var spent = 0
  private let interval: Int
  private let clock: @Sendable () -> Int
  private let piece: @Sendable () throws -> Void

  /// - Parameters:
  ///   - settle: milliseconds for which a directory must stand still; it is looked at three times in it.
  ///   - clock: steady, milliseconds.
  ///   - piece: called now and then; what it throws ends a look.
  init(settle: Int, clock: @escaping @Sendable () -> Int, piece: @escaping @Sendable () throws -> Void) {
    interval = settle / 3
    self.clock = clock
    self.piece = piece
  }

  /// The same looks with a new settle time.
  func continued(settle: Int) -> Self {
    var other = Self(settle: settle, clock: clock, piece: piece)
    other.looks = looks
    return other
  }

  /// Begins to look at an inbox, of which these paths are left.
  mutating func begin(keeping paths: Set<String>) {
    spent = 0
    looks = looks.filter { paths.contains($0.key) }
  }

  /// Forgets what was found, as it is known to have changed.
  mutating func forget(_ path: String) { looks[path] = nil }

  /// What is in a directory; nil if it is gone, or could not be looked at yet.
  mutating func look(into path: String, _ file: clinux_file) throws -> Found? {
    let top = [file.inode, UInt64(bitPattern: file.changed)]
    let start = clock()
    if let last = looks[path], last.top == top, start - last.at < max(interval, Self.share * last.took) {
      return last.found
    }
    guard spent < Self.budget else { return looks[path]?.found }
    let found: Found
    do {
      found = .stamp(FileStamp(try StrangersTree.looking(into: path, piece: piece)))
    } catch FileError.tree(_, let fault) {
      if fault.name.isEmpty, fault.rule == .missing { return nil }
      found = .problem("\(fault)")
    }
    let end = clock()
    spent += end - start
    looks[path] = Look(found: found, top: top, at: end, took: end - start)
    return found
  }
}
