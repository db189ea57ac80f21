import CLinux
import Glibc
import ServiceConfiguration
import ServiceFoundation

/// Who may do what in the inbox: a group drops files into it, so it is sticky, that nobody renames or removes another one's
/// drop, and setgid, that what is dropped belongs to the group.
package struct InboxPermissions: Sendable {
  let path: String

  package init(path: String) {
    self.path = path
  }

  /// Sets what is missing where the daemon owns the directory. Blocks.
  ///
  /// - Throws: `ConfigurationError.invalid` when others may write to it, it is not sticky, and somebody else's.
  package func settle(isNew: Bool) throws {
    let facts = try OpenFile(path, O_RDONLY | O_DIRECTORY).facts()
    let isShared = facts.mode & 0o022 != 0
    guard isShared else { return }
    let isOurs = facts.owner == geteuid() || geteuid() == 0
    if facts.mode & S_ISVTX == 0 {
      guard isOurs else {
        let rule = "\(path) can be written by others and is not sticky: chmod 3770 it, or give it to the daemon's user"
        throw ConfigurationError.invalid(
          file: path, problems: [ConfigurationProblem(line: nil, key: "service.inbox", rule: rule)])
      }
      try FileBoundary.call("set the mode of", path) { chmod(path, facts.mode | S_ISVTX) }
    }
    // A hardened unit may not set it (RestrictSUIDSGID=); systemd/dandyroll.tmpfiles does. Without it a file that its
    // group cannot read says so in `status`.
    if isNew || isOurs, facts.mode & S_ISGID == 0 { chmod(path, facts.mode | S_ISVTX | S_ISGID) }
  }
}
