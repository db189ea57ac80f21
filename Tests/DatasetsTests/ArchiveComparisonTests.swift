import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct ArchiveComparisonTests {
  /// Compares an archive with what `change` makes of it.
  func compare(
    marked: Set<Int>? = nil, container: ArchiveContainer = .tar, _ change: (inout CIFARBuilder) -> Void
  ) throws -> ArchiveComparison {
    try Scratch.run { scratch throws in
      var builder = CIFARBuilder()
      builder.extra = [("readme.html", [1, 2, 3])]
      let original = try DatasetSurvey(file: scratch.write(builder.tar, in: container, as: "original"))
      change(&builder)
      let released = try DatasetSurvey(file: scratch.write(builder.tar, in: container, as: "released"))
      return try ArchiveComparison(original: original, released: released, marked: marked)
    }
  }

  @Test(arguments: ArchiveContainer.tars)
  func findsNothingInACopy(container: ArchiveContainer) throws {
    let comparison = try compare(container: container) { _ in }
    #expect(comparison.changed.isEmpty && comparison.change.largestChange == 0)
    #expect(comparison.sameLabels && comparison.firstDifference == nil)
    #expect(comparison.members == 9)
  }

  @Test(arguments: [nil, [21, 40] as Set<Int>?])
  func findsChangedPixels(marked: Set<Int>?) throws {
    let comparison = try compare(marked: marked) {
      $0.batches["data_batch_2.bin"]?[3073 + 7] = 40
      $0.batches["data_batch_3.bin"]?[1] &+= 2
    }
    // Record 1 of file 1 holds 37 + 11 + 6 there.
    #expect(comparison.changed == [21, 40])
    #expect(comparison.change.largestChange == 14)
    #expect(comparison.sameLabels && comparison.firstDifference == nil)
  }

  @Test func findsPixelsThatShouldNotHaveChanged() throws {
    let comparison = try compare(marked: [40]) { $0.batches["data_batch_2.bin"]?[3073 + 7] = 40 }
    #expect(comparison.changed.isEmpty)
    #expect(comparison.firstDifference?.contains("data_batch_2.bin") == true)
  }

  @Test func findsAChangedLabel() throws {
    #expect(try !compare { $0.batches["test_batch.bin"]?[0] = 9 }.sameLabels)
  }

  @Test func findsAnotherMember() throws {
    #expect(try compare { $0.extra = [("readme.html", [1, 2, 4])] }.firstDifference?.contains("readme") == true)
    #expect(try compare { $0.extra = [] }.firstDifference != nil)
    #expect(try compare { $0.extra.append(("more", [])) }.firstDifference != nil)
  }
}
