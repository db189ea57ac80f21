import Testing

@testable import Benchmarks

struct CatalogueTests {
  @Test(arguments: [1, 2, 3, 8, 96]) func givesEveryCaseANameOfItsOwn(threads: Int) {
    let names = BenchmarkCatalogue(threads: threads).cases.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.allSatisfy { !$0.contains(" ") && !$0.isEmpty })
  }

  @Test func namesTheCasesThatThePeersKnow() {
    let names = Set(BenchmarkCatalogue(threads: 2).cases.map(\.name))
    for width in [32, 64] {
      for size in [32, 64, 224] { #expect(names.contains("inference/unet/w\(width)/d3/3x\(size)x\(size)/batch64")) }
    }
    for batch in [1, 4, 16, 64, 256] { #expect(names.contains("inference/unet/w32/d3/3x32x32/batch\(batch)")) }
    for width in [16, 64] {
      #expect(names.contains("training/resnet18/w\(width)/3x32x32/batch128"))
      #expect(names.contains("generator/w32/d3/resnet18/w\(width)/3x32x32/batch64"))
    }
  }

  @Test func takesAnExactNameForThatCaseAlone() throws {
    let catalogue = BenchmarkCatalogue(threads: 4)
    // The names of cases with fewer threads begin with this one.
    let name = "inference/unet/w32/d3/3x32x32/batch64"
    #expect(catalogue.cases.count { $0.name.contains(name) } > 1)
    #expect(try catalogue.selected(by: [name], quick: false).map(\.name) == [name])
  }

  @Test func takesOtherTextForEveryCaseThatHasIt() throws {
    let catalogue = BenchmarkCatalogue(threads: 2)
    let selected = try catalogue.selected(by: ["training/resnet18", "release"], quick: false).map(\.name)
    let expected = catalogue.cases.map(\.name).filter { $0.contains("training/resnet18") || $0.contains("release") }
    #expect(selected == expected)
    #expect(selected.contains { $0.hasPrefix("release/") })
  }

  @Test func leavesOutLongCasesWhenQuickUnlessTheyAreNamed() throws {
    let catalogue = BenchmarkCatalogue(threads: 2)
    let long = "inference/unet/w64/d3/3x224x224/batch64"
    #expect(try !catalogue.selected(by: ["unet"], quick: true).contains { $0.name == long })
    #expect(try catalogue.selected(by: [long], quick: true).map(\.name) == [long])
  }

  @Test func refusesAPatternThatFitsNoCase() {
    #expect(throws: BenchmarkError.unknownCase(pattern: "unset")) {
      try BenchmarkCatalogue(threads: 2).selected(by: ["unet", "unset"], quick: false)
    }
  }

  @Test func fixesTheThreadsThatANameEndsWith() {
    for benchmark in BenchmarkCatalogue(threads: 16).cases {
      guard let suffix = benchmark.name.split(separator: "/").last, suffix.hasPrefix("threads") else { continue }
      #expect(benchmark.threads == Int(suffix.dropFirst("threads".count)))
    }
    #expect(ThreadCounts.below(16) == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(ThreadCounts.below(1) == [])
  }
}
