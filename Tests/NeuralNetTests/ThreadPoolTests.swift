import Synchronization
import Testing

@testable import NeuralNet

@Suite struct ThreadPoolTests {
  @Test(arguments: [1, 2, 3, 5, 16])
  func runsEveryUnitOnce(threads: Int) {
    let pool = ThreadPool(threads: threads)
    let counts = AlignedMemory<Int32>(count: 1000)
    for round in 1...200 {
      let units = round * 5
      counts.fill(0)
      pool.run(
        Work(units: units) { range in
          for unit in range { counts.pointer[unit] += 1 }
        })
      #expect(counts.values(0..<1000) == (0..<1000).map { $0 < units ? 1 : 0 })
    }
  }

  @Test func wakesThreadsThatFellAsleep() async throws {
    let pool = ThreadPool(threads: 3)
    let total = Mutex(0)
    for _ in 0..<5 {
      try await Task.sleep(for: .milliseconds(20))
      pool.run(Work(units: 30) { range in total.withLock { $0 += range.count } })
    }
    #expect(total.withLock { $0 } == 150)
  }

  @Test func runsPartsTogetherAsIfOneByOne() {
    let pool = ThreadPool(threads: 2)
    let memory = AlignedMemory<Int32>(count: 60)
    let parts = [7, 1, 52].map { count in (count, count == 7 ? 0 : count == 1 ? 7 : 8) }.map { count, first in
      Work(units: count) { range in
        for unit in range { memory.pointer[first + unit] += Int32(first * 100 + unit) }
      }
    }
    pool.run(.together(parts))
    let expected = (0..<60).map { $0 < 7 ? $0 : $0 == 7 ? 700 : 800 + $0 - 8 }.map(Int32.init)
    #expect(memory.values(0..<60) == expected)
  }

  @Test func doesNothingForNoUnits() {
    ThreadPool(threads: 2).run(Work(units: 0) { _ in Issue.record("there is no unit") })
  }

  @Test func letsItsThreadsGo() {
    // Pools are made by the hundred in a process that runs many plans; leaked threads would exhaust it.
    for _ in 0..<300 {
      let pool = ThreadPool(threads: 4)
      pool.run(Work(units: 8) { _ in })
    }
  }
}
