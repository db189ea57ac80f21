import Datasets
import Foundation
import Foundations
import Jobs
import Synchronization
import Testing
import Watermarks

@testable import Fixtures
@testable import Reproductions
@testable import Training
@testable import Trials
@testable import Work

@Suite struct ReproductionTests {
  private let directory: TemporaryDirectory
  private let archive: String

  init() throws {
    directory = try TemporaryDirectory()
    archive = directory.file("drawn.tar.gz")
    try DrawnDataset(seed: 3).writeCIFAR10(to: archive, perBatch: 60, test: 60)
  }

  /// Seconds in place of an hour: networks that learn nothing, judged all the same.
  static let settings: PaperSettings = {
    var settings = PaperScale.small.settings(for: .cifar10)
    settings.user = Learner(architecture: "cnn", width: 8)
    settings.epochs = 1
    settings.method[SharedSettings.surrogate] = "cnn"
    settings.method[SharedSettings.surrogateWidth] = 8
    settings.method[SharedSettings.surrogateEpochs] = 1
    settings.method[SharedSettings.generatorWidth] = 8
    settings.method[SharedSettings.generatorDepth] = 2
    settings.method[SharedSettings.generatorSteps] = 2
    settings.method[SharedSettings.batch] = 16
    settings.images = 10
    settings.decoys = 12
    settings.rates = [0.5, 1]
    settings.epsilons = [4]
    settings.fineTuningEpochs = 2
    settings.pruningRates = [0.5]
    settings.architectures = [Learner(architecture: "cnn", width: 8), Learner(architecture: "cnn", width: 16)]
    return settings
  }()

  private func reproduction(
    _ table: PaperTable, objectives: [MethodName] = [.paper, .keyed],
    scale: PaperScale = .small, settings: PaperSettings? = Self.settings, in output: String = "out"
  ) -> Reproduction {
    Reproduction(
      table, of: .cifar10, data: archive, isChecked: false, scale: scale, objectives: objectives, settings: settings,
      directory: directory.file(output), seed: 9, limits: InputLimits())
  }

  private func json(_ report: ReproductionReport) throws -> String { try CanonicalJSON.line(report) }

  @Test func asksEveryScenarioOfTableTwoAboutTheSameMarks() throws {
    let report = try reproduction(.table2).run(WorkContext(threads: 2))
    #expect(
      report.rows.map(\.scenario) == [.independentWatermark, .independentModel, .malicious] + [
        .independentWatermark, .independentModel, .malicious,
      ])
    #expect(report.rows.map(\.method) == [.sscl, .sscl, .sscl, .keyed, .keyed, .keyed])
    #expect(report.rows.map { $0.paper?.deltaP } == [-0.0382, -0.0416, 0.9640, -0.0382, -0.0416, 0.9640])
    #expect(report.rows.prefix(3).map { $0.paper?.pT } == [1, 1, nil])
    #expect(report.rows.map { $0.quality != nil } == [true, false, true, true, false, true])
    #expect(report.rows[0].quality != report.rows[2].quality)
    #expect(report.rows.allSatisfy { $0.finding?.figures.pairs == 10 })
    #expect(report.rows.suffix(3).allSatisfy { $0.finding?.figures.pDecoy != nil })
    #expect(report.gaps.map(\.method) == [.sscl, .keyed])
    #expect(report.gaps.allSatisfy { abs(($0.paper ?? 0) - 1.0022) < 1e-9 })
    // Another owner's release is another one: with the same marks the two models would be one and the same.
    #expect(report.rows[3].finding?.figures.deltaP != report.rows[5].finding?.figures.deltaP)
  }

  @Test func rowsCarryWhatQualificationsDoAndThePapersValue() throws {
    let report = try reproduction(.table1).run(WorkContext(threads: 2))
    let text = try json(report)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let rows = try #require(object["rows"] as? [[String: Any]])
    #expect(rows.map { $0["method"] as? String } == ["none", "sscl-bw", "keyed"])
    func keys(_ row: [String: Any]) -> Set<String> { Set(row.keys) }
    let always: Set = ["method", "scenario", "model", "ba", "ba_drop", "paper"]
    #expect(keys(rows[0]) == always)
    let marked = always.union([
      "amplitude", "baseline", "carrier_delta_p", "carriers", "decoys", "delta_p", "feature_distance", "marked_mean",
      "p_discordant", "p_t", "p_wilcoxon", "pairs", "psnr", "scores", "ssim", "success", "t", "verdict", "wsr",
    ])
    #expect(keys(rows[1]) == marked)
    #expect(
      keys(rows[2]) == marked.union(["decoy_largest", "decoy_mean", "loss_gain", "p_decoy", "p_twins", "twins"]))
    #expect(Set((rows[2]["paper"] as? [String: Any] ?? [:]).keys) == ["ba", "wsr", "lpips_below"])
    #expect(report.rows.map(\.baDrop) == report.rows.map { report.rows[0].ba - $0.ba })
    #expect(report.rows.map { $0.quality == nil } == [true, false, false])
    // Rows that come back from their cells are the rows that were put there.
    #expect(try json(try reproduction(.table1).run(WorkContext(threads: 2))) == text)
    let lines = ReproductionText(report).lines
    #expect(lines.contains { $0.contains("PSNR") && $0.contains("SSIM") && $0.contains("LPIPS (paper)") })
    #expect(lines.contains { $0.hasPrefix("keyed") && $0.contains(" dB") && $0.contains("– (< 0.003)") })
    // Marks without keys cannot be convicted by a verdict; there it is the paper's test.
    #expect(lines.contains { $0.hasPrefix("sscl-bw") && $0.contains("(t-test)") })
    #expect(!lines.contains { $0.hasPrefix("keyed") && $0.contains("(t-test)") })
  }

  @Test func tableOneComparesEveryMethodThatThereIs() throws {
    let compared = MethodRegistry.standard.ofTable1
    #expect(compared.prefix(4).map(\.rawValue) == ["badnets", "blended", "wanet", "ubw-p"])
    #expect(compared.suffix(3) == [.paper, .keyed, .assignment])
    let report = try reproduction(.table1, objectives: [.badNets, .ubwP]).run(WorkContext(threads: 2))
    #expect(report.rows.map(\.method.rawValue) == ["none", "badnets", "ubw-p"])
    // As published: 9 pixels of each marked sample.
    #expect(report.rows.dropFirst().allSatisfy { ($0.quality?.psnr ?? 0) > 20 && $0.quality?.featureDistance == nil })
    #expect(report.rows.map { $0.success?.images } == [nil, 60, 60])
    // Only a target's own images can be counted or not.
    #expect(report.rows[1].success?.counted != nil && report.rows[2].success?.counted == nil)
    #expect(report.rows.dropFirst().allSatisfy { $0.finding?.figures.pDecoy == nil && $0.paper?.wsr != nil })
    let lines = ReproductionText(report).lines
    #expect(lines.contains { $0.contains("target counted") && $0.contains("SSIM") })
    #expect(lines.contains { $0.contains("baselines as published") })
    #expect(
      try json(try reproduction(.table1, objectives: [.badNets, .ubwP]).run(WorkContext(threads: 2))) == json(report))
  }

  /// METHODS §1 has the published numbers; a digit that is wrong here would stand beside every measurement.
  @Test(arguments: [
    (PaperDataset.mnist, 0.9923, 0.9869, 0.982, [-0.0315, 0.1029, 0.8665], 0.7636),
    (.cifar10, 0.9253, 0.8678, 0.9786, [-0.0382, -0.0416, 0.9640], 1.0022),
    (.tinyImageNet, 0.673, 0.6247, 0.8275, [0.0988, 0.0059, 0.9880], 0.8892),
  ])
  func thePapersNumbersAreThePapers(
    _ paper: (dataset: PaperDataset, clean: Double, marked: Double, wsr: Double, deltaP: [Double], gap: Double)
  ) throws {
    #expect(PaperFigures.table1(paper.dataset, .none) == PaperFigures(ba: paper.clean))
    for method in [PaperMethod.sscl, .keyed] {
      let figures = try #require(PaperFigures.table1(paper.dataset, method))
      #expect(figures.ba == paper.marked && figures.wsr == paper.wsr && figures.lpipsBelow != nil)
    }
    let scenarios: [QualificationRow.Scenario] = [.independentWatermark, .independentModel, .malicious]
    #expect(scenarios.map { PaperFigures.table2(paper.dataset, $0)?.deltaP } == paper.deltaP)
    #expect(scenarios.map { PaperFigures.table2(paper.dataset, $0)?.pT } == [1, 1, nil])
    #expect(abs((PaperFigures.gap(paper.dataset) ?? 0) - paper.gap) < 1e-9)
  }

  @Test func sweepsTheRateAndEpsilon() throws {
    let report = try reproduction(.figure4, objectives: [.keyed]).run(WorkContext(threads: 2))
    #expect(report.rows.map { $0.parameter?.name } == ["rate", "rate", "epsilon"])
    #expect(report.rows.map { $0.parameter?.number } == [0.5, 1, 4])
    // A smaller budget changes less.
    #expect((report.rows[2].quality?.psnr ?? 0) > (report.rows[0].quality?.psnr ?? .infinity) + 5)
    #expect((report.rows[2].quality?.ssim ?? 0) > (report.rows[0].quality?.ssim ?? 1))
    let svg = try #require(ReproductionFigure(report).svg)
    #expect(svg.contains("ΔP, keyed") && svg.contains("share of the class that is marked"))
  }

  @Test func attacksTheModelOfFigureFive() throws {
    // Once from the attacks, and once from the cells that they left.
    var report = try reproduction(.figure5, objectives: [.keyed]).run(WorkContext(threads: 2))
    let kinds = ["suspect", "fine-tuned", "fine-tuned", "suspect", "pruned"]
    #expect(report.rows.map(\.model.kind) == kinds)
    report = try reproduction(.figure5, objectives: [.keyed]).run(WorkContext(threads: 2))
    #expect(report.rows.map(\.model.kind) == kinds)
    #expect(report.rows.map { $0.parameter?.name } == ["epochs", "epochs", "epochs", "pruned", "pruned"])
    #expect(report.rows.map { $0.parameter?.number } == [0, 1, 2, 0, 0.5])
  }

  @Test func crossesEverySurrogateWithEveryUser() throws {
    let report = try reproduction(.figure6, objectives: [.keyed]).run(WorkContext(threads: 2))
    #expect(
      report.rows.map { "\($0.parameter.map { "\($0.value)" } ?? "") \($0.model.learner)" } == [
        "cnn:8 cnn:8", "cnn:8 cnn:16", "cnn:16 cnn:8", "cnn:16 cnn:16",
      ])
    #expect(ReproductionFigure(report).svg?.contains("cnn:8, cnn:16, ") == true)
    let lines = ReproductionText(report).lines
    #expect(lines.contains { $0.hasPrefix("users     cnn:8, cnn:16, ") })
    #expect(lines.contains { $0.contains("surrogate each of them, ") })
  }

  /// Stopped again and again at another place, it ends with what an undisturbed run gives.
  @Test(arguments: PaperTable.allCases)
  func goesOnAfterStops(_ table: PaperTable) throws {
    let undisturbed = try json(try reproduction(table, objectives: [.keyed]).run(WorkContext(threads: 2)))
    var stops = 0
    var isFinished = false
    for allowed in stride(from: 5, to: 2000, by: 25) {
      let asked = Atomic(0)
      let context = WorkContext(threads: 2) { _ in
      } stopRequested: {
        asked.add(1, ordering: .relaxed).newValue > allowed
      }
      do {
        let report = try reproduction(table, objectives: [.keyed], in: "stopped").run(context)
        #expect(try json(report) == undisturbed)
        isFinished = true
        break
      } catch WorkError.stopped {
        stops += 1
      }
    }
    #expect(isFinished && stops >= 1)
    // Everything is there: the rows come from their cells, and nothing is trained.
    let trained = Atomic(0)
    let again = try reproduction(table, objectives: [.keyed], in: "stopped").run(
      WorkContext(threads: 2) { if $0.unit == "steps" { trained.add(1, ordering: .relaxed) } })
    #expect(try json(again) == undisturbed && trained.load(ordering: .relaxed) == 0)
  }

  /// Whether a table can be finished is known before anything is trained for it.
  @Test(
    arguments: PaperScale.allCases,
    [
      (PaperDataset.mnist, ImageShape(channels: 1, height: 28, width: 28), ["vgg16", "vgg19"]),
      (.cifar10, ImageShape(channels: 3, height: 32, width: 32), []),
      (.tinyImageNet, ImageShape(channels: 3, height: 64, width: 64), []),
    ])
  func everyScaleFitsItsDataset(
    _ scale: PaperScale, _ data: (dataset: PaperDataset, shape: ImageShape, tooLarge: [String])
  ) throws {
    let archive = directory.file("images.tar")
    try DrawnDataset(seed: 2, shape: data.shape).writeImageFolder(to: archive, trainPerClass: 1, testPerClass: 2)
    let survey = try DatasetSurvey(file: archive)
    let (settings, leftOut) = try scale.settings(for: data.dataset).fitted(to: survey, target: 1)
    #expect(try settings.user.fits(survey))
    #expect(try settings.architectures.allSatisfy { try $0.fits(survey) })
    #expect(leftOut.map(\.architecture) == data.tooLarge && !settings.architectures.isEmpty)
    // Two images of each of nine other classes are held out.
    #expect(settings.images == 18)
  }

  @Test func saysWhichArchitecturesOfFigureSixAreLeftOut() throws {
    let digits = directory.file("digits.tar")
    try DrawnDataset(seed: 2, shape: ImageShape(channels: 1, height: 28, width: 28))
      .writeMNIST(to: digits, train: 200, test: 60)
    var settings = Self.settings
    settings.architectures = [Learner(architecture: "cnn", width: 8), Learner(architecture: "vgg16", width: 8)]
    let report = try Reproduction(
      .figure6, of: .mnist, data: digits, isChecked: false, scale: .small, objectives: [.keyed], settings: settings,
      directory: directory.file("out"), seed: 9, limits: InputLimits()
    ).run(WorkContext(threads: 2))
    #expect(report.rows.count == 1 && report.leftOut == [Learner(architecture: "vgg16", width: 8)])
    #expect(ReproductionText(report).lines[1] == "left out  vgg16:8: the images are too small")
  }

  @Test func twoRunsDoNotShareADirectory() throws {
    let lock = try DirectoryLock(directory.path)
    let error = #expect(throws: SystemCall.Failure.self) {
      _ = try Reproduction(
        .table1, of: .cifar10, data: archive, isChecked: false, scale: .small, objectives: [.keyed],
        settings: Self.settings, directory: directory.path, seed: 9, limits: InputLimits()
      ).run(WorkContext(threads: 1))
    }
    #expect(error.map { WorkError($0) } == .inUse(path: directory.path))
    #expect(try JobFailure(#require(error), stage: "").kind == .transient)
    withExtendedLifetime(lock) {}
  }

  /// The sizes of the paper start, stop and go on; to finish them takes a larger machine.
  @Test(arguments: [PaperTable.table1, .figure6])
  func startsAtThePapersSizeAndResumes(_ table: PaperTable) throws {
    // Every run is stopped at the first step that it reports.
    let steps = Mutex<[Int]>([])
    for _ in 0..<2 {
      let isTraining = Atomic(false)
      let context = WorkContext(threads: 2) { progress in
        guard progress.unit == "steps" else { return }
        steps.withLock { $0.append(Int(progress.done)) }
        isTraining.store(true, ordering: .relaxed)
      } stopRequested: {
        isTraining.load(ordering: .relaxed)
      }
      #expect(throws: WorkError.stopped) {
        _ = try reproduction(table, scale: .paper, settings: nil, in: "paper").run(context)
      }
    }
    // The second run went on from the first one's checkpoint.
    #expect(steps.withLock(\.self) == [1, 2])
  }

  @Test func keepsOneReproductionInADirectory() throws {
    _ = try reproduction(.table1, objectives: [.keyed]).run(WorkContext(threads: 2))
    let other = Reproduction(
      .table1, of: .cifar10, data: archive, isChecked: false, scale: .small, objectives: [.keyed],
      settings: Self.settings, directory: directory.file("out"), seed: 10, limits: InputLimits())
    let error = #expect(throws: WorkError.self) { _ = try other.run(WorkContext(threads: 2)) }
    #expect(error?.description.hasSuffix("out: holds other work: it has seed 9; name another directory") == true)
  }

  @Test func namesAFileOfItsOwnThatItCannotRead() throws {
    _ = try reproduction(.table1, objectives: [.keyed]).run(WorkContext(threads: 2))
    let cell = directory.file("out/cells/table1/keyed.json")
    try Data("[{}]\n".utf8).write(to: URL(fileURLWithPath: cell))
    let rows = #expect(throws: WorkError.self) {
      _ = try reproduction(.table1, objectives: [.keyed]).run(WorkContext(threads: 2))
    }
    #expect(rows?.description.hasPrefix("\(cell): malformed: ") == true)
    let basis = directory.file("out/reproduction.json")
    try Data("{}\n".utf8).write(to: URL(fileURLWithPath: basis))
    let other = #expect(throws: WorkError.self) {
      _ = try reproduction(.table1, objectives: [.keyed]).run(WorkContext(threads: 2))
    }
    #expect(other?.description.hasPrefix("\(basis): malformed: ") == true)
  }

  // MARK: - Data

  @Test func refusesDataThatIsNotThePapers() throws {
    let work = Reproduction(
      .table1, of: .cifar10, data: archive, scale: .small, objectives: [.keyed], directory: directory.file("out"),
      seed: 1, limits: InputLimits())
    let error = #expect(throws: WorkError.self) { _ = try work.run(WorkContext(threads: 1)) }
    let line = try #require(error?.description)
    #expect(line.hasPrefix("\(archive): not the CIFAR-10 that is known here: it has "))
    #expect(line.contains("cifar-10-binary.tar.gz, 170052171 bytes, SHA-256 c4a38c50"))
    #expect(error?.isRefusal == true && !line.contains("\n"))
  }

  @Test func offersOtherDataOnlyWhereItCouldBeTaken() throws {
    let digits = directory.file("mnist-files")
    try FileManager.default.createDirectory(atPath: digits, withIntermediateDirectories: true)
    for file in PaperDataset.mnist.editions[0] {
      try Data("no digits".utf8).write(to: URL(fileURLWithPath: "\(digits)/\(file.name)"))
    }
    func refusal(_ path: String) throws -> String {
      let work = Reproduction(
        .table1, of: .mnist, data: path, scale: .small, objectives: [.keyed], directory: directory.file("out"), seed: 1,
        limits: InputLimits())
      let error = #expect(throws: WorkError.self) { _ = try work.run(WorkContext(threads: 1)) }
      return try #require(error?.description)
    }
    let wrong = try refusal(digits)
    #expect(wrong.contains("train-images-idx3-ubyte.gz has 9 bytes, SHA-256 ") && wrong.hasSuffix("takes it as it is"))
    #expect(try refusal("\(digits)/train-images-idx3-ubyte.gz").contains("--any-data") == false)
    #expect(try refusal(archive).hasSuffix("--any-data takes it as it is"))
  }

  @Test func namesTheFileOfMNISTThatIsMissing() throws {
    let empty = directory.file("mnist")
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
    let work = Reproduction(
      .table1, of: .mnist, data: empty, scale: .small, objectives: [.keyed], directory: directory.file("out"), seed: 1,
      limits: InputLimits())
    let error = #expect(throws: WorkError.self) { _ = try work.run(WorkContext(threads: 1)) }
    let line = try #require(error?.description)
    #expect(line.contains("train-images-idx3-ubyte.gz is missing"))
    #expect(line.contains("t10k-labels-idx1-ubyte.gz, 4542 bytes, SHA-256 f7ae60f9"))
  }
}
