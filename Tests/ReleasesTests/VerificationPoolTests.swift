import Datasets
import Evidence
import Testing

@testable import Fixtures
@testable import Releases

@Suite struct VerificationPoolTests {
  /// An image that carries a mark would be asked about as a clean one.
  @Test func marksAreNeverAskedAbout() throws {
    let directory = try TemporaryDirectory()
    let archive = directory.file("drawn.tar.gz")
    try DrawnDataset(seed: 2).writeCIFAR10(to: archive, perBatch: 20, test: 40)
    let survey = try DatasetSurvey(file: archive)
    let claim = Claim.assignment(to: [3, 1])
    let all = VerificationPool(survey, claim: claim, except: [])
    #expect(all.candidates.count == 40)
    let marks = Set(all.candidates.prefix(7))
    let pool = VerificationPool(survey, claim: claim, except: marks)
    #expect(pool.candidates == Array(all.candidates.dropFirst(7)))
    // Images of a class that is marked say nothing about it alone; those of the only target class say nothing at all.
    let targeted = VerificationPool(survey, claim: .targeted(at: 3), except: marks)
    #expect(targeted.candidates == pool.candidates.filter { survey.labels[$0] != 3 })
    #expect(all.absent.isEmpty && all.remark == nil && targeted.remark == nil)
  }

  /// Said where a release is made, so that nobody learns it from an audit.
  @Test func aClassWithoutAHeldOutImageIsNamed() throws {
    let directory = try TemporaryDirectory()
    let archive = directory.file("drawn.tar.gz")
    try DrawnDataset(seed: 2).writeCIFAR10(to: archive, perBatch: 20, test: 3)
    let survey = try DatasetSurvey(file: archive)
    let there = Set(survey.indices(in: .test).map { Int(survey.labels[$0]) })
    let pool = VerificationPool(survey, claim: .targeted(at: 9), except: [])
    #expect(pool.absent == (0..<10).filter { !there.contains($0) }.map { survey.classNames[$0] })
    let remark = try #require(pool.remark)
    #expect(
      remark.contains("“\(pool.absent[0])”") && remark.contains("and \(pool.absent.count - 5) more classes is held out")
    )
  }
}
