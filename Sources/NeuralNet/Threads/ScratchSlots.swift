import Synchronization

/// Tells threads that run at the same time apart, so that each works in a piece of scratch memory of its own.
///
/// Which thread gets which piece differs from run to run; nothing that is computed depends on it.
final class ScratchSlots: Sendable {
  private final class Slot: Sendable {
    let isTaken = Atomic<Bool>(false)
  }

  private let slots: [Slot]

  /// - Parameter count: As many as there are threads: then a slot is always free.
  init(count: Int) {
    precondition(count > 0, "somebody runs")
    slots = (0..<count).map { _ in Slot() }
  }

  var count: Int { slots.count }

  /// Floats of a slot's piece where so many are needed: whole cache lines.
  static func piece(_ floats: Int) -> Int { (floats + 15) / 16 * 16 }

  func claim() -> Int {
    while true {
      for (index, slot) in slots.enumerated() {
        if !slot.isTaken.exchange(true, ordering: .acquiring) { return index }
      }
    }
  }

  func release(_ slot: Int) { slots[slot].isTaken.store(false, ordering: .releasing) }
}
