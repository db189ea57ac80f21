import Foundation
import Testing

/// What a newcomer sees first.
@Suite struct DemoTests {
  /// With whatever kernels: the mark is learned by construction, not by luck. Other seeds are in docs/experiments.
  @Test func convictsTheModelOfTheReleaseAndNotTheOther() async throws {
    let directory = try TemporaryDirectory()
    let ended = try await DandyrollProgram.run("demo", "--directory", directory.file("demo"))
    func row(_ name: String) -> [Substring] {
      ended.output.split(separator: "\n").first { $0.hasPrefix(name) }?.split(separator: " ") ?? []
    }
    let (guilty, innocent) = (row("the release"), row("clean data"))
    #expect(guilty.last == "trained-on" && innocent.last == "not-shown", "\(ended.output)")
    // Name (two words), BA, WSR, ΔP, p, verdict: not by a hair.
    let gains = [guilty, innocent].map { $0.count == 7 ? Double($0[4]) ?? .nan : .nan }
    #expect(gains[0] > 0.5 && abs(gains[1]) < 0.1, "\(ended.output)")
  }
}
