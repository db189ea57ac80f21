import Evidence
import Foundation
import Testing

@testable import EvidencePackages
@testable import Fixtures
@testable import Work

/// Packages of somebody who wants a verdict that nobody earned, before both programs.
@Suite struct EvidenceForgeryTests {
  private let honest: ForgedPackage
  /// Its key is an assignment.
  private let assignment: ForgedPackage

  init() throws {
    honest = try ForgedPackage.honest.get()
    assignment = try ForgedPackage.assignment.get()
  }

  private static let docs = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("../../docs").standardizedFileURL.path

  private struct Said: Decodable, Equatable {
    var code: Int32
    /// Absent where the package is refused.
    var outcome: String?

    /// What is refused and what does not hold come to the same.
    var isGood: Bool { code != 1 && code != 3 }

    init(_ finding: EvidenceVerification.Finding?) { (code, outcome) = (finding?.exitCode ?? 3, finding?.outcome) }
  }

  /// What docs/verify_evidence.py says of packages, in one process; an exception that it does not expect is an error.
  private func script(_ packages: [String]) throws -> [Said] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let driver = """
      import contextlib, io, json, sys
      sys.path.insert(0, sys.argv[1])
      sys.dont_write_bytecode = True
      import verify_evidence
      for package in sys.stdin.read().split():
          sys.argv, output = ["verify", package, "--json"], io.StringIO()
          with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
              code = verify_evidence.main()
          print(json.dumps({"code": code, **({"outcome": json.loads(output.getvalue())["outcome"]} if code != 3 else {})}))
      """
    process.arguments = ["python3", "-c", driver, Self.docs]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(packages.joined(separator: "\n").utf8))
    try input.fileHandleForWriting.close()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try data.split(separator: 10).map { try JSONDecoder().decode(Said.self, from: Data($0)) }
  }

  private func script(_ package: ForgedPackage) throws -> Said {
    let directory = try TemporaryDirectory()
    try package.write(to: directory.path)
    return try #require(try script([directory.path]).first)
  }

  @Test func theHonestPackageSaysWhatItShows() throws {
    for package in [honest, assignment] {
      guard case .verdict(let verdict) = try package.finding() else {
        Issue.record("the package does not hold")
        return
      }
      #expect(verdict.outcome == .trainedOn)
      let said = try script(package)
      #expect(said.code == 0 && said.outcome == "trained-on")
    }
  }

  /// The assigned classes of a package as its documents have them, and with two of them exchanged.
  private func exchanged(_ package: ForgedPackage) throws -> (old: String, new: String) {
    let plan = try package.document(AuditPlan.self, EvidencePackage.plan)
    guard case .assignment(var classes) = plan.claim else { throw WorkError.missing(path: "an assignment") }
    func text() -> String { "\"assignedClasses\":[\(classes.map(String.init).joined(separator: ","))]" }
    let old = text()
    classes.swapAt(1, 3)
    return (old, text())
  }

  /// The assignment is what was committed, not what suits the answers.
  @Test(arguments: [
    [EvidencePackage.plan], [EvidencePackage.opening], [EvidencePackage.plan, EvidencePackage.opening],
  ])
  func anotherAssignmentThanTheCommittedOneShowsNothing(names: [String]) throws {
    var package = assignment
    let (old, new) = try exchanged(package)
    for name in names { try package.replace(old, with: new, in: name) }
    try package.sign(with: OwnerKey())
    #expect(try package.finding() == .doesNotHold)
    #expect(try script(package).code == 1)
    package.unsign()
    #expect(try package.finding() == .doesNotHold)
    #expect(try script(package).code == 1)
  }

  /// A class that speaks against the claim is not missing because it is inconvenient, nor one with another.
  @Test func aPlanThatHidesAClassIsRefused() throws {
    let plan = try assignment.document(AuditPlan.self, EvidencePackage.plan)
    guard case .assignment(let classes) = plan.claim else { throw WorkError.missing(path: "an assignment") }
    func list(_ names: [Int?]) -> String { "[\(names.map { $0.map(String.init) ?? "null" }.joined(separator: ","))]" }
    let hidden = list((0..<10).map { $0 == classes[1] ? nil : $0 })
    let merged = list((0..<10).map { $0 == classes.max() ? classes.min() : $0 })
    let all = list(Array(0..<10))
    for names in [hidden, merged, all, list(Array(0..<9)), list((0..<10).map { $0 == 9 ? 9 : nil })] {
      var package = assignment
      try package.replace("\"amplitude\":", with: "\"answeredAs\":\(names),\"amplitude\":", in: EvidencePackage.plan)
      try package.seal()
      package.unsign()
      #expect(try !Said(package.finding()).isGood && !script(package).isGood, "\(names)")
      // Nor where the answers are told to have known it.
      try package.replace(
        "\"event\":\"begin\"", with: "\"answeredAs\":\(names),\"event\":\"begin\"", in: EvidencePackage.transcript)
      try package.seal()
      #expect(try !Said(package.finding()).isGood && !script(package).isGood, "\(names)")
    }
    // A suspect that was found to lack one which the plan asks about: another model, about which nothing is said.
    var package = assignment
    try package.replace(
      "\"event\":\"begin\"", with: "\"answeredAs\":\(hidden),\"event\":\"begin\"", in: EvidencePackage.transcript)
    try package.sign(with: OwnerKey())
    let said = try script(package)
    #expect(said == Said(try package.finding()) && said.outcome == "inconclusive")
  }

  @Test func otherAnswersThanThoseOfTheStatementDoNotHold() throws {
    var package = assignment
    try package.replace("\"probabilities\":[0.", with: "\"probabilities\":[0.0", in: EvidencePackage.transcript)
    try package.seal()
    package.unsign()
    #expect(try package.finding() == .doesNotHold)
    #expect(try script(package).code == 1)
    // What somebody signs instead follows from them, and both programs say the same of it.
    try package.sign(with: OwnerKey())
    let ours = Said(try package.finding())
    #expect(ours.code == 0)
    #expect(try script(package) == ours)
  }

  /// - Parameters:
  ///   - old: `DECOYS` is what the plan has, `MORE` one more.
  ///   - code: of both programs; 3 refuses.
  @Test(arguments: [
    ("\"decoys\":DECOYS,", "\"decoys\":0,", 3), ("\"decoys\":DECOYS,", "\"decoys\":MORE,", 1),
    ("\"decoys\":DECOYS,", "\"decoys\":257,", 3),
    ("\"keySize\":5", "\"keySize\":4", 3), ("\"keySize\":5", "\"keySize\":6", 3),
    ("\"looksBefore\":0", "\"looksBefore\":1", 1), ("\"alpha\":0.01", "\"alpha\":0.02", 1),
    ("\"claimKind\":\"assignment\"", "\"claimKind\":\"untargeted\"", 3),
    ("\"claimKind\":\"assignment\"", "\"claimKind\":\"assignment\",\"targetClass\":1", 3),
    ("\"assignedClasses\":[", "\"assignedClasses\":[10,", 3), ("\"assignedClasses\":[", "\"assignedClasses\":[-1,", 3),
  ])
  func otherNumbersOfAnAssignmentsPlanDoNotHold(old: String, new: String, code: Int32) throws {
    var package = assignment
    let decoys = try package.document(AuditPlan.self, EvidencePackage.plan).decoys
    func filled(_ text: String) -> String {
      text.replacing("DECOYS", with: "\(decoys)").replacing("MORE", with: "\(decoys + 1)")
    }
    try package.replace(filled(old), with: filled(new), in: EvidencePackage.plan)
    try package.seal()
    package.unsign()
    #expect(Said(try package.finding()).code == code)
    #expect(try script(package).code == code)
  }

  @Test func aPackageThatNobodySignedSaysNoMoreThanThatItIsConsistent() throws {
    var package = honest
    package.unsign()
    try package.restate()
    #expect(try package.finding() == .consistentByNobody)
    let said = try script(package)
    #expect(said.code == 4 && said.outcome == "consistent, by nobody")
    let directory = try TemporaryDirectory()
    try package.write(to: directory.path)
    let verification = try EvidenceVerification(package: directory.path, ownerKey: nil)
    #expect(verification.finding.exitCode == 4 && verification.finding.reasons.isEmpty)
    let text = String(decoding: try JSONEncoder().encode(verification), as: UTF8.self)
    #expect(text.contains("consistent, by nobody") && !text.contains("trained-on"))
  }

  @Test func aPackageThatDoesNotHoldSaysNoVerdict() throws {
    var package = honest
    try package.replace("\"asked\":", with: "\"asked\":1", in: EvidencePackage.statement)
    #expect(try package.finding() == .doesNotHold)
    let said = try script(package)
    #expect(said.code == 1 && said.outcome == "does not hold")
  }

  /// A policy by which everybody is guilty.
  @Test(arguments: [
    ("\"alpha\":0.01", "\"alpha\":0.9999"), ("\"alpha\":0.01", "\"alpha\":0.500001"), ("\"alpha\":0.01", "\"alpha\":0"),
    ("\"alpha\":0.01", "\"alpha\":1"), ("\"alpha\":0.01", "\"alpha\":-1"),
    ("\"panelAlpha\":0.05", "\"panelAlpha\":1.0"),
    ("\"panelAlpha\":0.05", "\"panelAlpha\":0.9"), ("\"chanceLevel\":0.01", "\"chanceLevel\":5"),
    ("\"chanceLevel\":0.01", "\"chanceLevel\":0.5"), ("\"leastPairs\":3", "\"leastPairs\":-5"),
    ("\"leastPairs\":3", "\"leastPairs\":0"), ("\"leastAnswerShare\":0.8", "\"leastAnswerShare\":-0.1"),
    ("\"looksBefore\":0", "\"looksBefore\":-1"), ("\"margin\":0.25", "\"margin\":-9"),
  ])
  func aPolicyThatNoAuditIsPlannedWithIsRefused(old: String, new: String) throws {
    var package = honest
    try package.replace(old, with: new, in: EvidencePackage.plan)
    for isSigned in [false, true] {
      // What follows under that policy is stated, as far as anything does.
      if (try? package.sign(with: OwnerKey())) == nil { try package.seal() }
      if !isSigned { package.unsign() }
      #expect(try package.finding() == nil)
      #expect(try script(package).code == 3)
    }
  }

  @Test func oneAnswerCannotBeTwo() throws {
    var package = honest
    try package.replace("{\"probabilities\":", with: "{\"label\":1,\"probabilities\":", in: EvidencePackage.transcript)
    try package.seal()
    package.unsign()
    #expect(try package.finding() == nil)
    #expect(try script(package).code == 3)
  }

  @Test func aTimeIsExact() throws {
    var package = honest
    package.unsign()
    let statement = try package.document(EvidenceStatement.self, EvidencePackage.statement)
    try package.replace(
      "\"time\":\(statement.time)", with: "\"time\":\(statement.time + 1)", in: EvidencePackage.statement)
    #expect(try package.finding() == .doesNotHold)
    #expect(try script(package).code == 1)
  }

  /// Whatever number a stranger writes: as it was signed it never verifies; signed by nobody it never says a verdict;
  /// and what somebody else could sign in earnest, both programs judge alike. A trap would end this process.
  @Test(arguments: [
    (EvidencePackage.statement, false), (EvidencePackage.plan, false), (EvidencePackage.opening, false),
    (EvidencePackage.releaseDocument, false), (EvidencePackage.gains, false), (EvidencePackage.transcript, false),
    (EvidencePackage.statement, true), (EvidencePackage.plan, true), (EvidencePackage.opening, true),
  ])
  func anEditedNumberNeverVerifies(name: String, isAssignment: Bool) throws {
    let directory = try TemporaryDirectory()
    let liar = OwnerKey()
    let honest = isAssignment ? assignment : honest
    let numbers = JSONNumbers(try #require(honest.files[name]))
    #expect(numbers.places.count > 3)
    var lies: [(what: String, said: Said)] = []
    for place in numbers.places {
      for value in JSONNumbers.nasty {
        guard let text = numbers.text(with: value, at: place) else { continue }
        let what = "\(name): \(place.path) = \(value)"
        var package = honest
        package.files[name] = text
        let signed = Said(try package.finding())
        #expect(!signed.isGood, "\(what), as it was signed")
        var unsigned = package
        unsigned.unsign()
        if name != EvidencePackage.statement, (try? unsigned.restate()) == nil { try unsigned.seal() }
        let bare = Said(try unsigned.finding())
        #expect(bare.code != 0, "\(what), signed by nobody")
        guard name != EvidencePackage.statement, (try? package.sign(with: liar)) != nil else { continue }
        try package.write(to: directory.file("\(lies.count)"))
        lies.append((what, Said(try package.finding())))
      }
    }
    let theirs = try script(lies.indices.map { directory.file("\($0)") })
    try #require(theirs.count == lies.count)
    for (lie, said) in zip(lies, theirs) {
      #expect(lie.said.isGood == said.isGood, "\(lie): \(said)")
      if lie.said.isGood { #expect(lie.said == said, "\(lie.what)") }
    }
  }
}
