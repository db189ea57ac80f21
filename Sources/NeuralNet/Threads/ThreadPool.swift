import Foundation
import Synchronization

/// A fixed set of threads that share out the units of one piece of work at a time; the caller is one of them.
///
/// Threads take chunks of units as they become free. Results do not depend on who takes what, because units own what
/// they write. Dispatching allocates nothing. Idle threads wait actively for about a millisecond, since the next step of
/// a plan usually follows at once, and then sleep.
package final class ThreadPool: Sendable {
  package let threads: Int
  private let crew: Crew

  package init(threads: Int) {
    precondition(threads > 0, "a pool needs a thread")
    self.threads = threads
    crew = Crew()
    for index in 1..<max(threads, 1) {
      let thread = Thread { [crew] in crew.serve() }
      thread.name = "neuralnet-\(index)"
      // Kernels keep their tiles in registers and on the stack; 1 MiB is ample.
      thread.stackSize = 1 << 20
      thread.start()
    }
  }

  deinit { crew.dismiss() }

  /// Runs all units and returns when they are done. One caller at a time.
  func run(_ work: Work) {
    if work.units <= 0 { return }
    if threads == 1 || work.units == 1 {
      work.body(0..<work.units)
    } else {
      // Eight chunks a thread even out unequal progress at little cost in dispatching.
      crew.run(work, chunks: min(work.units, threads * 8))
    }
  }
}

/// What the threads of a pool share.
///
/// `ticket` holds a generation in its high half and the number of unclaimed chunks in its low half. A thread claims a
/// chunk by decrementing it; a successful claim pins `work`, which the caller replaces only after every chunk is
/// completed. A late thread therefore can never touch the next generation's work with the last one's number.
private final class Crew: @unchecked Sendable {
  private let ticket = Atomic<UInt64>(0)
  private let completed = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let isDismissed = Atomic<Bool>(false)
  private let bell = NSCondition()
  // Written by the caller between two generations, read by a thread that holds a claim.
  private var work = Work(units: 0) { _ in }
  private var chunks = 0

  /// A few µs of atomic loads: the usual gap between two steps.
  private static let spins = 2_000
  /// About 1 ms of yields: as long as a thread waits for another's last chunk. A thread that slept at every such gap would
  /// often be woken on its waker's core, and wait there.
  private static let yields = 2_000
  private static let lowHalf: UInt64 = 0xffff_ffff

  func run(_ work: Work, chunks: Int) {
    self.work = work
    self.chunks = chunks
    completed.store(0, ordering: .relaxed)
    let generation = (ticket.load(ordering: .relaxed) >> 32) &+ 1
    ticket.store(generation << 32 | UInt64(chunks), ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      bell.lock()
      bell.broadcast()
      bell.unlock()
    }
    while claimAndRun() {}
    var spins = 0
    while completed.load(ordering: .acquiring) < chunks {
      spins += 1
      // A thread that holds the last chunk may have lost its core; give ours away rather than burn it.
      if spins > Self.spins { sched_yield() }
    }
  }

  func serve() {
    var idle = 0
    while !isDismissed.load(ordering: .acquiring) {
      if claimAndRun() {
        idle = 0
      } else if idle < Self.spins + Self.yields {
        idle += 1
        if idle > Self.spins { sched_yield() }
      } else {
        sleep()
        idle = 0
      }
    }
  }

  func dismiss() {
    isDismissed.store(true, ordering: .sequentiallyConsistent)
    bell.lock()
    bell.broadcast()
    bell.unlock()
  }

  /// Takes one chunk of the current work, if there is one left, and does it.
  private func claimAndRun() -> Bool {
    var current = ticket.load(ordering: .acquiring)
    while current & Self.lowHalf > 0 {
      let (exchanged, original) = ticket.weakCompareExchange(
        expected: current, desired: current - 1, ordering: .acquiringAndReleasing)
      if exchanged {
        let chunk = chunks - Int(current & Self.lowHalf)
        work.body(work.units * chunk / chunks..<work.units * (chunk + 1) / chunks)
        completed.add(1, ordering: .acquiringAndReleasing)
        return true
      }
      current = original
    }
    return false
  }

  private func sleep() {
    bell.lock()
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while ticket.load(ordering: .sequentiallyConsistent) & Self.lowHalf == 0,
      !isDismissed.load(ordering: .sequentiallyConsistent)
    {
      bell.wait()
    }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
    bell.unlock()
  }
}
