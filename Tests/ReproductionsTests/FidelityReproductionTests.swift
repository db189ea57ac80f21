import Datasets
import Fidelity
import Foundation
import Foundations
import Jobs
import Synchronization
import Testing

@testable import Fixtures
@testable import Reproductions
@testable import Work

@Suite struct FidelityReproductionTests {
  private let directory: TemporaryDirectory
  private let archive: String

  init() throws {
    directory = try TemporaryDirectory()
    archive = directory.file("drawn.tar.gz")
    try DrawnDataset(seed: 3).writeCIFAR10(to: archive, perBatch: 40, test: 40)
  }

  /// Networks that learn nothing in seconds, measured all the same.
  private func reproduction(losses: [EmbeddingLoss], width: Int = 8) -> FidelityReproduction {
    var settings = PaperScale.small.fidelitySettings(for: .cifar10)
    settings.model = Learner(architecture: "cnn", width: width)
    settings.samples = 96
    settings.hostEpochs = 1
    settings.epochs = 1
    settings.triggers = 10
    settings.losses = losses
    return FidelityReproduction(
      of: .cifar10, data: archive, isChecked: false, scale: .small, settings: settings,
      directory: directory.file("out"), seed: 9, limits: InputLimits())
  }

  @Test func measuresEveryLossWithAndWithoutTheLastLayer() throws {
    let report = try reproduction(losses: EmbeddingLoss.allCases).run(WorkContext(threads: 2))
    #expect(report.rows.count == 21 && report.rows[0].embedding == nil && report.trainingSamples == 96)
    #expect(
      report.rows[0].figures.twl == 0 && report.rows.map(\.paperAccuracy) == [0.867] + Array(repeating: nil, count: 20))
    #expect(Set(report.rows.dropFirst().compactMap { $0.embedding?.name }).count == 20)
    #expect(report.rows.dropFirst().allSatisfy { $0.figures.twl > 0 && $0.figures.triggerAccuracy != nil })
    let text = try CanonicalJSON.line(report)
    #expect(try CanonicalJSON.decode(FidelityReport.self, from: text.utf8) == report)
    let lines = report.lines
    #expect(lines.count == 5 + 21 && lines.contains { $0.hasPrefix("host") && $0.contains("(0.8670)") })

    // Given again nothing is trained, and a row that is gone is measured again on the model that was kept.
    let stages = Mutex<Set<String>>([])
    let context = WorkContext(threads: 2) { progress in stages.withLock { _ = $0.insert(progress.stage) } }
    let cells = try FileManager.default.contentsOfDirectory(atPath: directory.file("out/cells/fidelity")).sorted()
    try FileManager.default.removeItem(atPath: directory.file("out/cells/fidelity/\(cells[0])"))
    #expect(try reproduction(losses: EmbeddingLoss.allCases).run(context) == report)
    #expect(stages.withLock { $0 }.isDisjoint(with: ["host", "fine-tuned-ce", "scratch-pfl+spl-fixll"]))
  }

  /// A killed run goes on; another size beside it is other work with files of its own.
  @Test func goesOnAfterAStop() throws {
    let stops = Mutex(12)
    let interrupted = WorkContext(
      threads: 2,
      stopRequested: {
        stops.withLock { left in
          left -= 1
          return left < 0
        }
      })
    let error = #expect(throws: WorkError.self) { try reproduction(losses: [.spl]).run(interrupted) }
    #expect(error == .stopped)
    let report = try reproduction(losses: [.spl]).run(WorkContext(threads: 2))
    #expect(report.rows.count == 5)
    #expect(try reproduction(losses: [.spl], width: 4).run(WorkContext(threads: 2)).rows != report.rows)
    #expect(try reproduction(losses: [.spl]).run(WorkContext(threads: 2)) == report)
  }

  /// METHODS §4 has the published accuracies and networks.
  @Test func knowsThePapersNumbers() {
    #expect(FidelityDataset.allCases.map(\.paperAccuracy) == [0.9946, 0.8670, 0.7540])
    let settings = FidelityDataset.allCases.map { PaperScale.paper.fidelitySettings(for: $0) }
    #expect(settings.map(\.model.description) == ["resnet18:64", "resnet18:64", "wrn-28-10:160"])
    #expect(settings.allSatisfy { $0.epochs == 50 && $0.hostEpochs == 50 && $0.rate == 1e-4 && $0.samples == nil })
    #expect(settings.allSatisfy { $0.triggers == 100 && $0.losses.count == 5 })
  }

  @Test func refusesOtherDataThanThePapers() throws {
    for dataset in FidelityDataset.allCases {
      let work = FidelityReproduction(
        of: dataset, data: archive, scale: .small, directory: directory.file("other"), seed: 1, limits: InputLimits())
      let error = #expect(throws: WorkError.self) { try work.run(WorkContext(threads: 1)) }
      #expect(error?.code == "other-data" && error?.description.contains(dataset.title) == true)
    }
    #expect(!FileManager.default.fileExists(atPath: directory.file("other")))
  }
}
