import Foundation
import Glibc
import Testing

@testable import Fixtures
@testable import Work

/// What failures of the system become: the right reason, so that what passes is tried again and nothing else is.
@Suite struct SystemCallTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func aCallThatASignalInterruptsIsCalledAgain() throws {
    var calls = 0
    let value = try SystemCall.run("read", "x") { () -> Int in
      calls += 1
      if calls < 4 { errno = EINTR }
      return calls < 4 ? -1 : 17
    }
    #expect(value == 17 && calls == 4)
    #expect(throws: WorkError.io(path: "x", operation: "read", errno: ENXIO)) {
      try SystemCall.run("read", "x") { () -> Int32 in
        errno = ENXIO
        return -1
      }
    }
  }

  @Test func foundationsReasonsAreTheSystems() throws {
    let file = directory.file("file")
    try Data().write(to: URL(fileURLWithPath: file))
    // Stale reasons must not show through.
    for stale in [EIO, ENOSPC, 0] {
      errno = stale
      let made = #expect(throws: WorkError.self) { try DurableFile("\(file)/inside").createDirectory() }
      errno = stale
      let read = #expect(throws: WorkError.self) { try DurableFile(directory.file("none")).read() }
      for (error, reasons) in [(made, [ENOTDIR, EEXIST, ENOTSUP]), (read, [ENOENT])] {
        guard case .io(_, _, let number) = error else {
          Issue.record("\(String(describing: error))")
          continue
        }
        #expect(reasons.contains(number), "\(number)")
        // Nothing that is tried for ever.
        #expect(error?.isTransient == false)
      }
    }
  }

  @Test func anUnknownReasonIsNotTriedForEver() {
    struct Strange: Error {}
    let number = SystemCall.reason(of: Strange())
    #expect(!WorkError.io(path: "x", operation: "remove", errno: number).isTransient)
  }

  @Test func aLinkToNowhereIsThereToBeRemoved() throws {
    let link = directory.file("link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: directory.file("nowhere"))
    #expect(DurableFile(link).exists)
    try DurableFile(link).remove()
    #expect(!DurableFile(link).exists)
  }
}
