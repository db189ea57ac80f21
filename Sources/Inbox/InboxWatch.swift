import CLinux
@preconcurrency import Dispatch
import Glibc
import Logging
import ServiceFoundation
import Synchronization

/// The kernel's word that something changed in the inbox. What changed is then found by looking.
final class InboxWatch: Sendable {
  enum Mode: Sendable, Equatable {
    case inotify
    /// By looking every so often, and why.
    case polling(String)

    var word: String {
      switch self {
      case .inotify: "inotify"
      case .polling: "polling"
      }
    }
  }

  private let descriptor: Int32
  private let source: any DispatchSourceRead

  /// Rings `doorbell` whenever something is finished, moved in or made in a watched directory, when the kernel
  /// dropped events, and when a watched directory goes.
  ///
  /// - Throws: the reason to poll instead.
  init(doorbell: Doorbell, logger: Logger) throws(PollingReason) {
    let opened = clinux_inotify_open()
    guard opened >= 0 else {
      let key = -opened == EMFILE ? ": raise fs.inotify.max_user_instances" : ""
      throw PollingReason("inotify: \(Errno.text(-opened))\(key)")
    }
    descriptor = opened
    let source = DispatchSource.makeReadSource(
      fileDescriptor: opened, queue: DispatchQueue(label: "dandyroll.inotify"))
    source.setEventHandler {
      let summary = clinux_inotify_drain(opened)
      if summary < 0 { logger.error("inotify: \(Errno.text(-summary))") }
      if summary & Int32(CLINUX_INOTIFY_OVERFLOW.rawValue) != 0 {
        logger.notice("the kernel dropped inbox events, looking at everything")
      }
      if summary != 0 { doorbell.ring() }
    }
    source.setCancelHandler { close(opened) }
    source.activate()
    self.source = source
  }

  deinit {
    source.cancel()
  }

  /// Watches `directories`; ones that are watched already stay so.
  ///
  /// - Throws: the reason to poll instead.
  func watch(_ directories: [String]) throws(PollingReason) {
    for directory in directories {
      let result = clinux_inotify_watch(descriptor, directory)
      switch -result {
      case ...0: continue
      case ENOENT, ENOTDIR: continue  // gone since it was listed
      case ENOSPC: throw PollingReason("no inotify watch left: raise fs.inotify.max_user_watches")
      default: throw PollingReason("inotify: \(directory): \(Errno.text(-result))")
      }
    }
  }
}

/// Why the kernel's events cannot be relied on.
struct PollingReason: Error, Equatable {
  var text: String

  init(_ text: String) {
    self.text = text
  }
}
