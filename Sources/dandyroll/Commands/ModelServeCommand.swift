import ArgumentParser
import Foundation
import Jobs
import Logging
import ModelServer

extension ModelCommand {
  struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Serves a classifier over HTTP, for trials and rehearsals of audits.",
      discussion: """
        Requests that arrive together are computed together. The model's address is printed once it answers. SIGTERM \
        ends it.

        Example: dandyroll model serve model.safetensors --port 8000 --protocol v2 \\
          --top-k 5 --round 2
        Exit codes: 0 stopped on request, 1 failed, 2 wrong usage, 3 refused model.
        """)

    @Argument(help: "The model file.")
    var model: String

    @Option(name: .customLong("protocol"), help: "v2 (Open Inference Protocol) or tf-serving.")
    var dialect = "v2"

    @Option(help: "TCP port; 0 takes a free one.")
    var port = 8000

    @Option(help: "Address to listen at.")
    var host = "127.0.0.1"

    @Option(help: "Listen at this Unix socket instead.")
    var socket: String?

    @Option(help: "The model's name in the protocol (default: the file's, without its ending).")
    var name: String?

    @Option(help: "Class names, one a line (default: those in the model file).")
    var classes: String?

    @Flag(help: "Answer with the first class's name only.")
    var labelOnly = false

    @Option(help: "Answer with the names and scores of so many classes only.")
    var topK: Int?

    @Option(name: .customLong("round"), help: "Decimals that scores are rounded to.")
    var digits: Int?

    @Option(help: "Milliseconds that every answer is delayed by.")
    var latency = 0

    @Option(help: "Share of requests that fail with status 500, 0 to 1.")
    var failRate = 0.0

    @Option(help: "Seed of which requests fail.")
    var seed: UInt64 = 0

    @Option(help: "Images that may wait; beyond them requests are refused with 503.")
    var queue = 1024

    @OptionGroup var compute: ComputeOptions

    func validate() throws {
      guard ServingOptions.Dialect(rawValue: dialect) != nil else {
        let known = ServingOptions.Dialect.allCases.map(\.rawValue).joined(separator: " or ")
        throw ValidationError("--protocol is \(known)")
      }
      if !(0...65_535).contains(port) { throw ValidationError("--port is 0 to 65535") }
      if let topK, topK < 1 { throw ValidationError("--top-k is at least 1") }
      if labelOnly, topK != nil { throw ValidationError("--label-only and --top-k exclude each other") }
      if let digits, !(0...9).contains(digits) { throw ValidationError("--round is 0 to 9") }
      if !(0...1).contains(failRate) { throw ValidationError("--fail-rate is 0 to 1") }
      if !(0...600_000).contains(latency) { throw ValidationError("--latency is 0 to 600000") }
      if queue < 1 { throw ValidationError("--queue is at least 1") }
    }

    func run() async throws {
      let served = try await ServedModel.load(model, classFile: classes)
      let file = URL(fileURLWithPath: model).deletingPathExtension().lastPathComponent
      var options = ServingOptions(
        dialect: ServingOptions.Dialect(rawValue: dialect) ?? .v2, name: name ?? file,
        threads: compute.threads ?? ProcessInfo.processInfo.activeProcessorCount)
      options.form = labelOnly ? .label : topK.map { .top($0) } ?? .probabilities
      options.digits = digits
      options.latency = latency
      options.failRate = failRate
      options.seed = seed
      options.queue = queue
      let server = try ModelServer(
        served, options: options, address: socket.map { .socket($0) } ?? .host(host, port: port),
        programVersion: ProgramVersion.current, logger: Logger(label: "dandyroll"))
      try await server.run { StandardStream.output.write("serving \($0)\n") }
    }
  }
}
