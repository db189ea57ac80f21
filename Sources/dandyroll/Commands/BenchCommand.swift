import ArgumentParser
import Benchmarks
import Dispatch
import Foundation
import NeuralNet
import Work

/// `dandyroll bench`: how fast this machine does what Dandyroll does.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures kernels, networks and releases on this machine.",
    discussion: """
      Prints the kernels in use (DANDYROLL_KERNELS chooses others) and a line a measurement: the median and the best over up to five repeats, and of a kernel the best as a share \
      of what one core reaches with the same instructions on registers alone. `peak MB` is the most memory that was \
      resident in the process (VmHWM): networks and releases are measured in a process each. One case by its exact name \
      is measured in this process, and its memory is this process's.

      Examples:
        dandyroll bench --quick
        dandyroll bench --only unet --only training/resnet18 --json
        dandyroll bench --only inference/unet/w32/d3/3x32x32/batch64 --threads 1

      Exit codes: 0 done, 1 failed, 2 wrong usage, 75 stopped.
      """)

  @Option(help: "Cases with this text in their name, or the one with this name; may be given several times.")
  var only: [String] = []

  @Flag(help: "Print a JSON object a line instead of the table.")
  var json = false

  @Flag(help: "Leave out what takes long, and measure for 0.2 seconds.")
  var quick = false

  @Flag(help: "Print the names of the cases and measure nothing.")
  var list = false

  @Option(help: "Seconds of measuring, a case (default: 2).")
  var seconds: Double?

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    if let seconds, !(seconds > 0 && seconds.isFinite) { throw ValidationError("--seconds is more than 0") }
  }

  func run() async throws {
    let all = compute.threads ?? ProcessInfo.processInfo.activeProcessorCount
    let cases: [BenchmarkCase]
    do { cases = try BenchmarkCatalogue(threads: all).selected(by: only, quick: quick) } catch {
      throw UsageError("--only: \(error)")
    }
    if list { return cases.forEach { printLine($0.name) } }

    let session = BenchmarkSession(threads: all, seconds: seconds ?? (quick ? 0.2 : 2))
    let table = BenchmarkTable(names: cases.map(\.name))
    if !json { StandardStream.output.write("kernels: \(KernelSet.current.title)\n\(table.header)\n") }
    let json = json
    try await compute.run { context in
      for benchmark in cases {
        if context.stopRequested() { throw WorkError.stopped }
        let row =
          benchmark.measuresMemory && cases.count > 1
          ? try SeparateBenchmark(benchmark, session).measure(context)
          : try session.measure(benchmark, isAlone: cases.count == 1)
        StandardStream.output.write((json ? try row.json() : table.line(row)) + "\n")
      }
    }
  }
}

/// A case measured by a process of its own, this same program, so that its peak memory is the case's.
struct SeparateBenchmark {
  private let benchmark: BenchmarkCase
  private let session: BenchmarkSession

  init(_ benchmark: BenchmarkCase, _ session: BenchmarkSession) {
    self.benchmark = benchmark
    self.session = session
  }

  /// - Throws: `BenchmarkError.processFailed`; what the process says goes to standard error. `WorkError.stopped`.
  func measure(_ context: WorkContext) throws -> BenchmarkRow {
    let process = Process()
    let output = Pipe()
    // The file that this process runs, wherever it was started from and even if it was replaced since.
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [
      "bench", "--only", benchmark.name, "--json", "--seconds", String(session.seconds), "--threads",
      String(session.threads),
    ]
    process.standardOutput = output
    try process.run()
    // A signal to this process alone must not leave the other one working.
    let watch = DispatchSource.makeTimerSource()
    watch.setEventHandler { if context.stopRequested() { process.terminate() } }
    watch.schedule(deadline: .now(), repeating: .milliseconds(100))
    watch.activate()
    defer { watch.cancel() }
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    if context.stopRequested() { throw WorkError.stopped }
    guard process.terminationStatus == 0, let row = BenchmarkRow.rows(in: bytes).first else {
      throw BenchmarkError.processFailed(name: benchmark.name, status: process.terminationStatus)
    }
    return row
  }
}
