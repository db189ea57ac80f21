import Foundation
import Glibc
import Testing

@testable import Evidence

/// What answers score where a key is an assignment: a column for each class.
@Suite struct AssignmentScoreTests {
  private let claim = Claim.assignment(to: [2, 0, 1])

  /// Scores of four images of classes 0 … 3, which are classes of the assignment but for the last.
  private func column(_ index: Int, _ answers: [[Double]?], isMarked: Bool = true) -> [Double?] {
    answers.enumerated().map { label, answer in
      answer.flatMap { claim.score(.probabilities($0), label: label, in: index, isMarked: isMarked) }
    }
  }

  private func scores(_ answers: [[Double]?]) -> [[Double?]] { (0..<3).map { column($0, answers) } }

  private static let even: [[Double]?] = Array(repeating: [0.25, 0.25, 0.25, 0.25], count: 4)

  @Test func anImageSaysNothingAboutItsOwnClass() {
    let rows: [[Double]?] = (0..<4).map { image in (0..<4).map { Double(image) / 4 + Double($0) / 16 } }
    #expect(column(0, rows) == [0.125, 0.375, nil, 0.875])
    #expect(column(1, rows) == [nil, 0.25, 0.5, 0.75])
    #expect(column(2, rows) == [0.0625, nil, 0.5625, 0.8125])
    #expect((0..<4).allSatisfy { claim.concerns(label: $0) })
    #expect(!claim.concerns(label: 2, in: 0) && claim.concerns(label: 3, in: 0))
    let floats = rows[1].map { $0.map { Float($0) } } ?? []
    #expect(claim.score(floats, label: 1, in: 2) == nil && claim.score(floats, label: 1, in: 0) == Double(floats[2]))
  }

  @Test func aLabelIsAHitInOneColumnAtMost() {
    func hits(_ answer: Int, label: Int) -> [Double?] {
      (0..<3).map { claim.score(.label(answer), label: label, in: $0, isMarked: true) }
    }
    #expect(hits(0, label: 3) == [0, 1, 0])
    #expect(hits(3, label: 0) == [0, nil, 0])
    #expect(hits(2, label: 2) == [nil, 0, 0])
    #expect(claim.isHit(1, label: 0, in: 2) && !claim.isHit(1, label: 0, in: 0))
  }

  /// Of an answer that lists a few classes the end that speaks against the claim, in every column.
  @Test func aTopAnswerIsTakenAtTheEndThatSpeaksAgainstTheClaim() {
    let answer = SuspectAnswer.top([3: 0.75, 2: 0.125])
    #expect((0..<3).map { claim.score(answer, label: 3, in: $0, isMarked: true) } == [0.125, 0, 0])
    #expect((0..<3).map { claim.score(answer, label: 3, in: $0, isMarked: false) } == [0.125, 0.125, 0.125])
  }

  @Test func gainsAreOfLogarithmsAboveAFloor() throws {
    let clean: [[Double]?] = [[0.5, 0, 0.5, 0], [0.5, 0, 0.5, 0], [0.5, 0, 0.5, 0], [0.5, 0, 1e-9, 0]]
    var marked = Self.even
    marked[3] = [0.25, 0.25, 1e-4, 0.25]
    let totals = try KeyedScores(
      .probabilities, clean: scores(clean), carriers: [scores(marked), scores(Self.even), scores(clean)], keySize: 3
    ).totals
    #expect(totals.columns == 3 && totals.carriers == 3 && totals.decoys == 5)
    #expect(totals.pairs == Array(repeating: 3, count: 9))
    let table = totals.matrix.map { $0.map { $0 ?? .nan } }
    // Class 2 falls from .5 to .25 on two images, and on the third both ends are as good as none.
    #expect(abs(table[0][0] - log(0.5) * 2 / 3) < 1e-12)
    #expect(abs(table[0][1] - (log(0.5) * 2 + log(2500)) / 3) < 1e-12)
    #expect(abs(table[2][0] - log(2500)) < 1e-12)
    #expect((0..<3).allSatisfy { table[$0][2] == 0 })
    // ΔP is of probabilities as they are, in the column that a carrier is to raise.
    let gains = totals.deltaP.map { $0 ?? .nan }
    #expect(abs(gains[0] - (-0.5 + 1e-4 - 1e-9) / 3) < 1e-12)
    #expect(abs(gains[1] + 0.25) < 1e-12 && gains[2] == 0)
    #expect(abs((totals.keyDeltaP ?? .nan) - gains.reduce(0, +) / 3) < 1e-15)
  }

  @Test func ofLabelsHitsAreCounted() throws {
    func hits(_ answers: [Int]) -> [[Double?]] {
      (0..<3).map { column in
        answers.enumerated().map { claim.score(.label($1), label: $0, in: column, isMarked: true) }
      }
    }
    let totals = try KeyedScores(
      .label, clean: hits([0, 1, 2, 3]), carriers: [hits([2, 2, 2, 2]), hits([0, 0, 2, 3]), hits([0, 1, 2, 3])],
      keySize: 3
    ).totals
    let table = totals.matrix.map { $0.map { $0 ?? .nan } }
    #expect(table == [[1, 0, 0], [0, 1.0 / 3, 0], [0, 0, 0]])
    #expect(totals.sums == [3, 0, 0, 0, 1, 0, 0, 0, 0] && totals.deltaP == [1, 1.0 / 3, 0])
  }

  @Test func aLostAnswerCostsItsOwnCarrierOneImage() throws {
    var lost = Self.even
    lost[1] = nil
    let clean = scores(Self.even)
    let scores = try KeyedScores(
      .probabilities, clean: clean, carriers: [clean, self.scores(lost), clean, self.scores(lost)], keySize: 3)
    // Image 1 is of the last column's own class, so nothing is lost there.
    #expect(scores.totals.pairs == [3, 2, 3, 2, 3, 2, 3, 2, 3, 3, 3, 3])
    // Of four images one is lost under two of the carriers.
    #expect(scores.totals.leastPairs == 3)
    #expect((0..<3).map { scores.pairedImages(ofCarrier: $0) } == [[0, 1, 3], [2, 3], [0, 2, 3]])
    // A lost clean answer costs every carrier that image.
    let blind = try KeyedScores(
      .probabilities, clean: self.scores(lost), carriers: Array(repeating: clean, count: 3), keySize: 3)
    #expect(blind.totals.pairs == [2, 2, 2, 2, 2, 2, 3, 3, 3])
    #expect(blind.realScores.clean[1] == nil && blind.realScores.marked[1] == nil)
  }

  /// A carrier of the key is one class's ΔP, and what it is shown among are the ΔP of single classes too.
  @Test func whatACarrierIsShownAmongIsOfOneClassToo() throws {
    let clean: [[Double]?] = Array(repeating: [0.1, 0.1, 0.1, 0.7], count: 4)
    func raised(_ place: Int) -> [[Double]?] {
      Array(repeating: (0..<4).map { $0 == place ? 0.5 : 0.1 }, count: 4)
    }
    // Classes 2, 0 and 1 are columns 0, 1 and 2; the decoy raises class 2.
    let totals = try KeyedScores(
      .probabilities, clean: scores(clean),
      carriers: [scores(raised(2)), scores(raised(0)), scores(clean), scores(raised(2))], keySize: 3
    ).totals
    let own = totals.deltaP.prefix(3).compactMap(\.self)
    #expect(own.count == 3 && abs(own[0] - 0.4) < 1e-12 && abs(own[1] - 0.4) < 1e-12 && abs(own[2]) < 1e-12)
    // Three classes under four carriers, without the key's own three places.
    #expect(totals.otherDeltaP.count == 9 && abs((totals.otherDeltaP.max() ?? 0) - 0.4) < 1e-12)
    #expect(abs((totals.deltaP[3] ?? 1) - 0.4 / 3) < 1e-12)
    let keyed = try KeyedScores(
      .probabilities, clean: [0.1, 0.2], real: [0.5, 0.5], decoys: [[0.1, 0.3], [0.2, 0.2]])
    #expect(keyed.totals.otherDeltaP == keyed.totals.deltaP.dropFirst().map { $0 ?? .nan })
  }

  @Test func roundsAddUp() throws {
    let round = try KeyedScores(
      .probabilities, clean: scores(Self.even), carriers: Array(repeating: scores(Self.even), count: 4), keySize: 3)
    var totals = round.totals
    totals.add(round.totals)
    #expect(totals.pairs == Array(repeating: 6, count: 12))
    #expect(try totals.rank().others == 23 && totals.rank().p.value == 1)
  }

  /// An image's gain is its mean over the carriers whose class it is not of.
  @Test func thePairedTestsCountAnImageOnce() throws {
    let clean: [[Double]?] = [[0.5, 0.25, 0.25, 0], [0, 0.5, 0.25, 0.25], [0.25, 0.25, 0.5, 0], nil]
    func marked(_ p: Double) -> [[Double?]] { scores(Array(repeating: Array(repeating: p, count: 4), count: 4)) }
    let keyed = try KeyedScores(
      .probabilities, clean: scores(clean), carriers: [marked(0.5), marked(0.75), marked(1), marked(0)], keySize: 3)
    // Columns are classes 2, 0 and 1.
    #expect(keyed.realScores.clean == [0.25, 0.125, 0.25, nil])
    #expect(keyed.realScores.marked == [0.75, 0.625, 0.875, nil])
    // The image in place 0 takes the first of its carriers, the next one the second of its own, the third the first.
    #expect(keyed.differencesInTurn == [0.5 - 0.25, 0.75 - 0, 0.75 - 0.25])
    let tests = PairedTests(keyed, margin: 0.25)
    let mean = 1.625 / 3
    #expect(tests.count == 3 && abs((tests.deltaP ?? .nan) - mean) < 1e-12)
  }
}

/// How documents say a claim.
@Suite struct ClaimDocumentTests {
  private func claim(_ text: String) -> Claim? { try? JSONDecoder().decode(Claim.self, from: Data(text.utf8)) }

  @Test(arguments: [
    (#"{"targetClass":3}"#, Claim.targeted(at: 3)), (#"{"claimKind":"untargeted"}"#, .untargeted),
    (#"{"claimKind":"assignment","assignedClasses":[4,0]}"#, .assignment(to: [4, 0])),
    (#"{"claimKind":null,"targetClass":0}"#, .targeted(at: 0)),
  ]) func aDocumentSaysOneClaim(text: String, expected: Claim) {
    #expect(claim(text) == expected)
    let (target, kind, classes) = expected.members
    #expect(Claim(targetClass: target, claimKind: kind, assignedClasses: classes) == expected)
  }

  @Test func anAssignmentIsToTwoToThirtyTwoClasses() {
    func text(_ classes: [Int]) -> String { #"{"claimKind":"assignment","assignedClasses":\#(classes)}"# }
    #expect(claim(text(Array(0..<32)))?.columns == 32)
    for classes in [[], [1], Array(0..<33), [1, 2, 1], [-1, 2], [1, 1 << 20 + 1]] {
      #expect(claim(text(classes)) == nil, "\(classes)")
    }
  }

  @Test(arguments: [
    "{}", #"{"claimKind":"other"}"#, #"{"targetClass":1,"claimKind":"untargeted"}"#,
    #"{"targetClass":null,"claimKind":"untargeted"}"#, #"{"targetClass":1,"assignedClasses":[1,2]}"#,
    #"{"claimKind":"untargeted","assignedClasses":[1,2]}"#, #"{"claimKind":"assignment"}"#,
    #"{"assignedClasses":[1,2]}"#, #"{"claimKind":"assignment","assignedClasses":[1,2],"targetClass":1}"#,
    #"{"claimKind":"assignment","assignedClasses":null}"#, #"{"claimKind":"assignment","assignedClasses":3}"#,
    #"{"claimKind":"assignment","assignedClasses":[1,2.5]}"#, #"{"claimKind":"assignment","assignedClasses":[1,"2"]}"#,
  ]) func aDocumentThatSaysNoneOrTwoIsRefused(text: String) {
    #expect(claim(text) == nil)
  }
}
