import Foundation
import Foundations
import Jobs
import Testing

@testable import Audits
@testable import Evidence
@testable import EvidencePackages
@testable import Fixtures
@testable import Releases
@testable import Work

/// The third party's check of evidence packages, `docs/verify_evidence.py`, beside our own: two programs with nothing in
/// common have to find the same.
@Suite(.serialized) struct EvidenceScriptTests {
  private static let script = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("../../docs/verify_evidence.py").standardizedFileURL.path

  private struct Report: Decodable {
    struct Check: Decodable {
      var rule: String
      var holds: Bool
      var detail: String
    }
    var holds: Bool
    var outcome: String
    var reasons: [String]
    var checks: [Check]
  }

  private func script(_ package: String) throws -> Report { try run(package).report }

  private func run(_ package: String) throws -> (report: Report, code: Int32) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", Self.script, package, "--json"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (try JSONDecoder().decode(Report.self, from: data), process.terminationStatus)
  }

  private static let figures = "every figure follows from the transcript"

  /// An audit that signs its package, with a key that is made if need be.
  private func spec(
    _ fixture: QualifiedFixture, _ name: String, images: Int = 10, looks: Int = 1, decoys: Int = 0
  ) throws -> AuditSpec {
    let key = fixture.directory.file("owner")
    if !FileManager.default.fileExists(atPath: "\(key).key") { _ = try OwnerKeyFiles(name: key) }
    return AuditSpec(
      suspect: "{}", name: name, credential: nil, release: fixture.release, vault: fixture.vault, images: nil,
      number: 1,
      questions: AuditQuestions(
        perAudit: 100_000, perDay: 1_000_000, images: images, looks: looks, decoys: decoys),
      judgement: AuditJudgement(), signingKey: "\(key).key", limits: InputLimits())
  }

  /// The directory of the package that an audit of this suspect writes.
  private func package(_ spec: AuditSpec, _ suspect: PlayedSuspect) throws -> String {
    let result = try AuditWork(spec, WorkContext(threads: 2), suspect: suspect, now: { 1_800_000_000_000 }).run()
    return String(try #require(result.package).dropLast(4))
  }

  /// Both find the same, and everything holds.
  private func agree(_ package: String, _ outcome: Verdict.Outcome) throws {
    let ours = try EvidenceVerification(package: package, ownerKey: nil)
    #expect(ours.holds, "\(ours.checks.filter { !$0.holds })")
    let (theirs, code) = try run(package)
    #expect(theirs.holds && code == 0, "\(theirs.checks.filter { !$0.holds })")
    #expect(ours.finding == .verdict(ours.verdict) && ours.verdict.outcome == outcome)
    #expect(theirs.outcome == outcome.rawValue && theirs.reasons == ours.verdict.reasons.map(\.code.rawValue))
  }

  private static let forms: [String: @Sendable ([Double]) -> SuspectAnswer] = [
    "probabilities": { .probabilities($0) },
    "top": { row in
      .top(
        Dictionary(uniqueKeysWithValues: row.enumerated().sorted { $0.element > $1.element }.prefix(2).map { ($0, $1) })
      )
    },
    "label": { row in .label(row.indices.max { row[$0] < row[$1] } ?? 0) },
  ]

  @Test(arguments: ["probabilities", "top", "label"])
  func findsWhatTheProgramFindsWhateverTheAnswersAre(form: String) throws {
    let fixture = try QualifiedFixture()
    let telling = try #require(Self.forms[form])
    // Three rounds, and every ninth question without an answer.
    let guilty = PlayedSuspect(try spec(fixture, "guilty", looks: 3))
    guilty.telling = telling
    guilty.target = { form, image in
      (form * 7 + image) % 9 == 0 ? nil : (1...3).contains(form) ? 0.8 - 0.01 * Double(image) : 0.02
    }
    try agree(package(guilty.spec, guilty), .trainedOn)
    let innocent = PlayedSuspect(try spec(fixture, "innocent", looks: 3))
    innocent.telling = telling
    innocent.target = { form, image in 0.05 + 0.0001 * Double((form * 7919 + image * 31) % 97) }
    try agree(package(innocent.spec, innocent), .notShown)
    // Two of three marks of an image hit, and which two goes by carrier and image.
    let some = PlayedSuspect(try spec(fixture, "some", looks: 3))
    some.telling = telling
    some.target = { form, image in (1...3).contains(form) && (form + image) % 3 != 0 ? 0.8 : 0.02 }
    try agree(package(some.spec, some), .trainedOn)
    let constant = PlayedSuspect(try spec(fixture, "constant"))
    constant.telling = { _ in .label(3) }
    try agree(package(constant.spec, constant), .inconclusive)
  }

  /// A suspect of the assignment's release that takes images under a carrier for the class that it belongs to, or, one
  /// `off`, for the next one's.
  private func suspect(_ spec: AuditSpec, off: Bool = false, _ lift: @escaping (Int) -> Double) -> PlayedSuspect {
    let suspect = PlayedSuspect(spec)
    suspect.row = { plan, question in
      guard case .assignment(let classes) = plan.claim, off else { return PlayedSuspect.assigned(lift)(plan, question) }
      var row = PlayedSuspect.assigned { _ in 0 }(plan, question) ?? []
      if let carrier = question.carrier { row[classes[(carrier + 1) % classes.count]] += lift(carrier) }
      return row.map { $0 / row.reduce(0, +) }
    }
    return suspect
  }

  @Test(arguments: ["probabilities", "top", "label"])
  func anAssignmentIsTheSameToBothWhateverTheAnswersAre(form: String) throws {
    let fixture = try QualifiedFixture(of: KeyedFixture.assignment)
    let telling = try #require(Self.forms[form])
    // Three rounds, and every ninth question without an answer.
    let guilty = suspect(try spec(fixture, "guilty", looks: 3)) { _ in 0.7 }
    guilty.telling = telling
    let known = guilty.row
    guilty.row = { plan, question in
      (question.form * 7 + question.image) % 9 == 0 ? nil : known?(plan, question)
    }
    try agree(package(guilty.spec, guilty), .trainedOn)
    // Three of the five carriers do the work: of 2,520 keys at most twelve are as good.
    let some = suspect(try spec(fixture, "some", looks: 3)) { $0 < 3 ? 0.7 : 0 }
    some.telling = telling
    try agree(package(some.spec, some), .trainedOn)
    // Another assignment's release, or one that nobody made.
    let innocent = suspect(try spec(fixture, "innocent", looks: 3), off: true) { _ in 0.7 }
    innocent.telling = telling
    try agree(package(innocent.spec, innocent), .notShown)
    // Whatever a carrier does it does to all classes: all keys tie, up to rounding.
    let indifferent = PlayedSuspect(try spec(fixture, "indifferent", looks: 3))
    indifferent.telling = telling
    indifferent.row = { plan, question in
      plan.classes.indices.map {
        $0 == plan.labels[question.image]
          ? 0.7 : 0.002 * Double(1 + $0) * (question.form == 0 ? 1 : 1 + Double(question.form * question.form % 7))
      }
    }
    try agree(package(indifferent.spec, indifferent), .notShown)
  }

  /// The assigned classes of the fixture's release, and what a suspect has that lacks the one at a place of them, or has two
  /// as one.
  private static func assigned(_ fixture: QualifiedFixture) throws -> [Int] {
    guard case .assignment(let classes) = try fixture.record.opening().statement.claim else { return [] }
    return classes
  }

  static func lacking(_ missing: Set<Int>) -> SuspectClasses? {
    SuspectClasses((0..<10).map { missing.contains($0) ? nil : $0 })
  }

  static func merging(_ group: [Int]) -> SuspectClasses? {
    SuspectClasses((0..<10).map { group.contains($0) ? group.min() : $0 })
  }

  @Test(arguments: ["probabilities", "top", "label"])
  func aSuspectWithOtherClassesIsTheSameToBoth(form: String) throws {
    let fixture = try QualifiedFixture(of: KeyedFixture.assignment)
    let telling = try #require(Self.forms[form])
    let assigned = try Self.assigned(fixture)
    let unmarked = try #require((0..<10).first { !assigned.contains($0) })
    let suspects: [(String, SuspectClasses?)] = [
      // The class of the second carrier, and one without a carrier.
      ("lacks", Self.lacking([assigned[1], unmarked])), ("merges", Self.merging([assigned[3], assigned[0]])),
      ("merges-an-unmarked-one", Self.merging([assigned[2], unmarked])),
    ]
    for (name, classes) in suspects {
      for (off, outcome) in [(false, Verdict.Outcome.trainedOn), (true, .notShown)] {
        let suspect = suspect(try spec(fixture, "\(name)-\(off)", images: 20, looks: 2), off: off) { _ in 0.7 }
        (suspect.classes, suspect.telling) = (classes, telling)
        let package = try package(suspect.spec, suspect)
        try agree(package, outcome)
        let checks = try script(package).checks
        #expect(checks.contains { $0.rule.hasPrefix("no answer names a class") }, "\(name)")
      }
    }
  }

  @Test func anAssignmentAmongAMillionIsTheSameToBoth() throws {
    let fixture = try QualifiedFixture(of: KeyedFixture.assignment)
    for (name, off, outcome) in [("guilty", false, Verdict.Outcome.trainedOn), ("innocent", true, .notShown)] {
      let suspect = suspect(try spec(fixture, name, images: 20, decoys: 20), off: off) { _ in 0.4 }
      let package = try package(suspect.spec, suspect)
      try agree(package, outcome)
      #expect(try script(package).checks.contains { $0.detail == "one of 1000000 keys" })
    }
  }

  @Test func bothDrawTheSameLots() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let driver = """
      import itertools, json, sys
      sys.path.insert(0, sys.argv[1])
      sys.dont_write_bytecode = True
      import verify_evidence
      print(json.dumps([list(itertools.islice(verify_evidence.lots(*shape), 3000)) for shape in ((5, 25), (4, 60))]))
      """
    process.arguments = ["python3", "-c", driver, (Self.script as NSString).deletingLastPathComponent]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let theirs = try JSONDecoder().decode([[[Int]]].self, from: pipe.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    for (lots, (classes, carriers)) in zip(theirs, [(5, 25), (4, 60)]) {
      // A lot as a number whose digits are its carriers.
      let places = (0..<classes).map { Double(1 << (9 * $0)) }
      let values = places.flatMap { place in (0..<carriers).map { Double($0) * place } }
      var ours: [[Int]] = []
      KeyAssignments.forEachSum(of: values, classes: classes) { sum in
        if ours.count < 3_000 { ours.append((0..<classes).map { Int(sum) >> (9 * $0) & 511 }) }
      }
      #expect(lots == ours)
    }
    #expect(theirs.count == 2)
  }

  @Test func anOutageAfterTheLastQuestionIsTheSameToBoth() throws {
    let fixture = try QualifiedFixture()
    var spec = try spec(fixture, "then-down")
    try agree(package(spec, PlayedSuspect(spec)), .trainedOn)
    spec.number = 2
    let suspect = PlayedSuspect(spec)
    suspect.identityEnd = .interrupted(.outage)
    try agree(package(spec, suspect), .trainedOn)
  }

  @Test func aLoweredLevelIsTheSameToBoth() throws {
    let fixture = try QualifiedFixture()
    var spec = try spec(fixture, "lowered")
    spec.questions.decoys = 30
    try agree(package(spec, PlayedSuspect(spec)), .trainedOn)
    spec.number = 2
    spec.judgement.alpha = 0.004
    try agree(package(spec, PlayedSuspect(spec)), .trainedOn)
  }

  @Test(arguments: [false, true]) func weighsThePanelAsTheProgramDoes(isAssignment: Bool) throws {
    let fixture = try isAssignment ? QualifiedFixture(of: KeyedFixture.assignment) : QualifiedFixture()
    for (marked, outcome) in [(Float(0.1), Verdict.Outcome.trainedOn), (0.95, .notShown)] {
      try fixture.addPanel(marked: marked)
      let spec = try spec(fixture, "held-against-\(outcome.rawValue)", images: isAssignment ? 20 : 10)
      let package = try package(spec, isAssignment ? suspect(spec) { _ in 0.7 } : PlayedSuspect(spec))
      #expect(FileManager.default.fileExists(atPath: "\(package)/panel.json"))
      try agree(package, outcome)
    }
  }

  /// Members of the statement by their paths, and what they are changed to.
  private static let lies: [(path: String, change: @Sendable (Any) -> Any)] = [
    ("tests.t", { ($0 as? Double ?? 0) * 1.001 }), ("tests.pT", { ($0 as? Double ?? 0) * 0.5 }),
    ("tests.pSignedRank", { ($0 as? Double ?? 0) * 0.5 }), ("tests.pDiscordant", { ($0 as? Double ?? 0) * 0.5 }),
    ("tests.pairs", { _ in 9 }), ("evidence", { ($0 as? Double ?? 0) + 0.01 }), ("deltaP", { _ in 0.9 }),
    ("decoyMean", { _ in 0.5 }), ("decoyLargest", { _ in 0.01 }), ("successRate", { _ in 0.9 }),
    ("accuracy", { _ in 0.9 }), ("asked", { _ in 200 }), ("answered", { _ in 200 }), ("kind", { _ in "label" }),
    ("series", { _ in 2 }), ("audits", { _ in [1, 2] }), ("time", { _ in 5 }), ("model", { _ in "model 2" }),
    ("looks[0].p", { ($0 as? Double ?? 0) / 2 }), ("looks[0].rank", { _ in 2 }), ("looks[0].pairs", { _ in 99 }),
    ("looks[0].level", { _ in 0.01 }), ("verdict.reasons[0].value", { ($0 as? Double ?? 0) / 2 }),
    ("verdict.reasons[0].code", { _ in "panel-at-level" }),
    ("panel", { _ in ["references": 19, "rank": 1, "p": 0.05] }),
  ]

  @Test(arguments: [false, true]) func bothNameTheFigureThatWasChanged(isAssignment: Bool) throws {
    let fixture = try isAssignment ? QualifiedFixture(of: KeyedFixture.assignment) : QualifiedFixture()
    let spec = try spec(fixture, "guilty", images: isAssignment ? 20 : 10)
    let package = try package(spec, isAssignment ? suspect(spec) { _ in 0.7 } : PlayedSuspect(spec))
    let path = "\(package)/statement.json"
    let honest = try Data(contentsOf: URL(fileURLWithPath: path))
    // Where the key is ranked by ΔP, a look that states another gain is one too many.
    let gain: (String, @Sendable (Any) -> Any) = ("looks[0].gain", { ($0 as? Double ?? 1) * 1.001 })
    for lie in Self.lies + [gain] {
      var tree = try JSONSerialization.jsonObject(with: honest)
      let names = lie.path.split(whereSeparator: { $0 == "." || $0 == "[" }).map { $0.filter { $0 != "]" } }
      try Self.change(&tree, names[...], lie.change)
      try JSONSerialization.data(withJSONObject: tree, options: [.sortedKeys, .withoutEscapingSlashes])
        .write(to: URL(fileURLWithPath: path))
      let ours = try EvidenceVerification(package: package, ownerKey: nil).checks.first { $0.rule == Self.figures }
      let theirs = try script(package).checks.first { $0.rule == Self.figures }
      #expect(ours?.holds == false && ours?.detail == lie.path, "\(lie.path): \(ours?.detail ?? "")")
      #expect(theirs?.holds == false && theirs?.detail == lie.path, "\(lie.path): \(theirs?.detail ?? "")")
    }
    try honest.write(to: URL(fileURLWithPath: path))
    try agree(package, .trainedOn)
  }

  private struct NoSuchMember: Error {}

  private static func change(_ tree: inout Any, _ names: ArraySlice<String>, _ change: @Sendable (Any) -> Any) throws {
    guard let name = names.first else {
      tree = change(tree)
      return
    }
    if var object = tree as? [String: Any] {
      // A member may be added, not only changed.
      var member = object[name] ?? NSNull()
      try Self.change(&member, names.dropFirst(), change)
      object[name] = member
      tree = object
    } else if var list = tree as? [Any], let index = Int(name), list.indices.contains(index) {
      try Self.change(&list[index], names.dropFirst(), change)
      tree = list
    } else {
      throw NoSuchMember()
    }
  }
}
