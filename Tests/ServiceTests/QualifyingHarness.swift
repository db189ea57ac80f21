import Jobs

@testable import Service
@testable import ServiceConfiguration

extension Harness {
  /// A daemon whose qualifications end like this; a release has jobs 1 (release), 2 (training) and 3 (qualification).
  static func qualifying(
    root: TemporaryDirectory? = nil, keepOriginals: Bool = true,
    _ verdict: @Sendable @escaping (QualifySpec, FakeExecutor.Run) async throws -> ExecutionEnd
  ) throws -> Harness {
    let executor = FakeExecutor { run in
      guard let spec = run.spec.work as? QualifySpec else { return await FakeExecutor.succeed(run) }
      return (try? await verdict(spec, run)) ?? ExecutionEnd(exit: .exited(1))
    }
    return try Harness(root: root, executor: executor) {
      $0.service.keepOriginals = keepOriginals
      $0.defaults.qualify = true
      $0.defaults.seed = 5
      $0.jobs.crashRetries = 0
    }
  }
}

/// The releases in a directory.
func releases(_ directory: String) -> [String] { contents(of: directory).filter { !$0.hasPrefix(".") } }
