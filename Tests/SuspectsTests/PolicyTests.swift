import Foundation
import Testing

@testable import Suspects

struct PolicyTests {
  @Test func spacesRequestsOutAfterTheBurst() async throws {
    let time = VirtualTime()
    let bucket = TokenBucket(rate: 2, burst: 3, surroundings: time.surroundings())
    var moments: [Int] = []
    for _ in 0..<6 {
      try await bucket.take()
      moments.append(time.waited)
    }
    #expect(moments == [0, 0, 0, 500, 1000, 1500])
  }

  @Test func backsOffWithFullJitter() {
    let policy = AskingPolicy()
    #expect(
      (1...8).map { policy.backoff(after: $0, uniform: 0.5) } == [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
    #expect(policy.backoff(after: 4, uniform: 0) == 0)
  }

  @Test(arguments: [
    (Answer.probabilities([0.5, 0.25, 0.25]), #"{"probabilities":[0.5,0.25,0.25]}"#),
    (.topK([2: 0.5]), #"{"top":{"2":0.5}}"#), (.label(1), #"{"label":1}"#),
    (.none(NoAnswer(.unreachable, detail: "down")), #"{"detail":"down","none":"unreachable"}"#),
  ])
  func writesAnswersCompactly(_ answer: Answer, _ text: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(String(decoding: try encoder.encode(answer), as: UTF8.self) == text)
  }
}
