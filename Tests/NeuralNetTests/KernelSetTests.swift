import Foundation
import Kernels
import Testing

@testable import NeuralNet

/// Which kernels a process computes with, and who says so.
@Suite struct KernelSetTests {
  @Test func takesTheFastestWhereNothingIsAskedFor() throws {
    #expect(try KernelSet.named(nil) == KernelSet.available.first)
    #expect(try KernelSet.named(nil, among: [.avx2, .baseline]) == .avx2)
  }

  @Test func takesWhatIsAskedForAndThereIs() throws {
    for set in KernelSet.available { #expect(try KernelSet.named(set.rawValue) == set) }
    #expect(KernelSet.available.last == .baseline)
  }

  /// An empty name comes of a script whose own variable is not set.
  @Test(arguments: ["", " ", "AVX2", "avx2 ", "avx", "avx512f", "sse2", "neon", "best", "baseline\n"])
  func refusesANameThatNoSetHas(name: String) {
    let error = #expect(throws: NeuralNetError.self) { try KernelSet.named(name) }
    #expect(error == .unknownKernels(name))
    #expect("\(error.map { "\($0)" } ?? "")".contains("it is one of avx512, avx2, baseline"))
  }

  @Test func refusesASetThatTheProcessorDoesNotRun() {
    let error = #expect(throws: NeuralNetError.self) { try KernelSet.named("avx512", among: [.avx2, .baseline]) }
    #expect(error == .unavailableKernels("avx512", available: ["avx2", "baseline"]))
    #expect("\(error.map { "\($0)" } ?? "")".hasSuffix("does not run avx512; it runs avx2, baseline"))
  }

  /// The tests themselves run with what the variable names: `make test` sets it to every set in turn.
  @Test func thisProcessComputesWithWhatItsEnvironmentNames() throws {
    let name = ProcessInfo.processInfo.environment[KernelSet.variable]
    #expect(try KernelSet.current == KernelSet.named(name))
    #expect(Processor.kernels.name == KernelSet.current.name)
    #expect(Processor.allKernels.map(\.name) == KernelSet.available.map(\.name))
  }

  @Test func everySetIsToldByWhatItsInstructionsAreCalled() {
    #expect(KernelSet.avx512.name == "avx512" && KernelSet.avx2.title == "avx2")
    #expect(KernelSet.baseline.title == "baseline: \(KernelSet.baseline.name)")
    #expect(Set(KernelSet.available.map(\.name)).count == KernelSet.available.count)
  }
}
