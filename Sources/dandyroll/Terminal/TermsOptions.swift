import ArgumentParser
import Jobs

/// What a release says to those who would use it.
struct TermsOptions: ParsableArguments {
  @Option(help: "The dataset's license for croissant.json, best the URL of one of spdx.org/licenses.")
  var license: String?

  @Option(help: "The dataset's page, for croissant.json.")
  var url: String?

  @Option(help: "The organization that made the dataset, for croissant.json.")
  var creator: String?

  @Option(help: "Whether people may train on, mine and ask models about the images, for release.json.")
  var trainingMining: TrainingMining = .unsaid

  func validate() throws {
    for (option, problem) in [
      ("license", license.flatMap(ReleaseTerms.problem(ofText:))),
      ("url", url.flatMap(ReleaseTerms.problem(ofPage:))),
      ("creator", creator.flatMap(ReleaseTerms.problem(ofText:))),
    ] {
      if let problem { throw ValidationError("--\(option) \(problem)") }
    }
  }

  var terms: ReleaseTerms {
    ReleaseTerms(license: license ?? "", url: url ?? "", creator: creator ?? "", trainingMining: trainingMining)
  }
}

extension TrainingMining: ExpressibleByArgument {
  static var allValueStrings: [String] { allCases.filter { $0 != .unsaid }.map(\.rawValue) }
  var defaultValueDescription: String { "nothing is said" }
}
