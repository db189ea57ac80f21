import Foundation
import Testing

@testable import Pages

@Suite struct QualificationViewTests {
  private func line(_ scenario: ModelRow.Scenario, _ outcome: ModelRow.Outcome, deltaP: Double) -> ModelRow {
    ModelRow(
      scenario: scenario, name: "cnn:16", kind: "scratch", seed: "7", amplitude: 2, accuracy: 0.61, accuracyDrop: 0.012,
      successRate: 0.9, baseline: 0.1, deltaP: deltaP, t: 12, pT: 1e-9, pWilcoxon: nil, pDiscordant: 0.0031,
      pDecoy: 0.005, pPanel: 0.05,
      pTwins: 0.4,
      outcome: outcome, reasons: [], clean: [0.1, 0.2], marked: [0.8, 0.9], carriers: [deltaP], decoys: [0.01, 0.02])
  }

  private func view(
    _ name: String, _ models: [ModelRow], hasKey: Bool = true, hasPanel: Bool = false
  ) -> QualificationView {
    QualificationView(
      release: name, subject: name, hasKey: hasKey, hasPanel: hasPanel,
      finding: Finding(.good, word: "Passed", sentence: "1 of 1 convicted.", reasons: [name]),
      facts: [Fact("PSNR", "30.1", detail: "dB")],
      limits: [
        .init(rule: "Innocent models accused", limit: "at most 0 %", measured: "0 of 1", mark: Mark(.good, "holds"))
      ],
      models: models, otherAmplitudes: [],
      sheet: SampleSheetView(
        samples: [.init(index: 12, original: "AAAA", marked: "BBBB", difference: "CCCC")], factor: 16),
      settings: [Fact("Images", "50")], origin: [Fact("Generator", "00ff")])
  }

  @Test(arguments: [true, false], [true, false]) func saysWhatDecides(_ hasKey: Bool, _ hasPanel: Bool) throws {
    let lines = [line(.malicious, .trainedOn, deltaP: 0.81)]
    let page = try XHTML(view("release-a-1", lines, hasKey: hasKey, hasPanel: hasPanel).html)
    #expect(
      page.text.contains("which decides") == hasKey && page.text.contains("reported and never decisive") == hasKey)
    #expect(page.text.contains("so the t-test decides") == !hasKey)
    #expect(page.text.contains("which has to agree") == (hasKey && hasPanel))
    #expect(page.text.contains("among the reference panel") == hasPanel)
    #expect(page.text.contains("among the innocent ones here") == !hasPanel)
  }

  @Test func tellsWhoFineTunedFromWhoTrainedFromScratch() throws {
    let lines = [
      line(.malicious, .trainedOn, deltaP: 0.81), line(.fineTuned, .notShown, deltaP: 0),
      line(.independentModel, .notShown, deltaP: 0),
    ]
    let page = try XHTML(view("release-a-1", lines).html)
    #expect(page.text.contains("Malicious: fine-tuned on the release"))
    let html = view("release-a-1", lines).html
    let scenarios = try #require(html.range(of: "<h2>Scenarios</h2>")).upperBound
    let models = try #require(html.range(of: "<h2>Models</h2>")).lowerBound
    // A missed fine-tuner and a scenario without a model are marked as neither good nor bad.
    let table = html[scenarios..<models]
    #expect(table.contains("0 of 1 convicted") && table.contains("no model"))
    #expect(!table.contains("is-bad") && table.contains("is-unclear") && table.contains("is-good"))
  }

  @Test func countsTheConvictedOfEachKindOfUser() throws {
    func user(_ scenario: ModelRow.Scenario, _ kind: String, _ outcome: ModelRow.Outcome, _ gain: Double) -> ModelRow {
      var line = line(scenario, outcome, deltaP: gain)
      (line.kind, line.pDecoy) = (kind, 0.5 - gain / 2)
      return line
    }
    let html = view(
      "release-a-1",
      [
        user(.malicious, "scratch", .trainedOn, 0.8), user(.malicious, "scratch", .trainedOn, 0.6),
        user(.fineTuned, "fine-tuned", .notShown, 0.1), user(.independentModel, "surrogate", .notShown, 0.02),
        user(.independentModel, "scratch", .notShown, 0), user(.independentModel, "half", .trainedOn, 0.5),
        user(.independentModel, "fine-tuned", .notShown, 0), user(.independentWatermark, "scratch", .notShown, 0.04),
      ]
    ).html
    let start = try #require(html.range(of: "<h2>Users by kind</h2>")).upperBound
    let end = try #require(html.range(of: "<h2>Models</h2>")).lowerBound
    let table = try XHTML("<div>\(html[start..<end])</div>")
    #expect(table.count("tr") == 1 + 2 + 7)
    let text = table.text.replacing("\u{A0}", with: " ")
    for row in [
      "Used the release\nFrom scratch2● 2 of 20.600 … 0.8000.10 … 0.20\nFine-tuned from a clean model1○ 0 of 10.1000.45",
      "Innocent\nCopies of the surrogate, trained further1● 0 of 10.0200.49",
      "From scratch, on half of the data1▲ 1 of 10.5000.25",
      "From scratch, on another owner’s release1● 0 of 10.0400.48",
    ] {
      #expect(text.contains(row), "\(text)")
    }
  }

  @Test func anAssignmentShowsItsMatrixInPlaceOfDecoys() throws {
    var model = line(.malicious, .trainedOn, deltaP: 0.81)
    model.gains = [[1.5, 0.1], [-0.2, 1.25]]
    var view = view("release-a-1", [model])
    view.classes = ["zebra", Hostile.name]
    let page = try XHTML(view.html)
    #expect(page.text.contains("zebra, carrier 1: 1.500") && page.text.contains("no assignment is better than another"))
    #expect(page.count("script") == 0 && !page.text.contains("decoy carrier"))
    // To others than the owner classes have no names.
    view.classes = []
    let numbered = try XHTML(view.html)
    #expect(numbered.text.contains("class 1, carrier 1: 1.500") && !numbered.text.contains("zebra"))
  }

  @Test func everyPartIsThere() throws {
    let page = try XHTML(
      view(
        "release-a-1", [line(.malicious, .trainedOn, deltaP: 0.81), line(.independentModel, .notShown, deltaP: 0.01)]
      )
      .html)
    for text in [
      "Passed", "1 of 1 convicted.", "Malicious: trained on the release", "Ind-M: innocent, trained on clean data",
      "convicted", "left alone", "0.810", "1.0·10⁻⁹", "p (sign)", "0.0031", "PSNR", "00ff", "sample 12",
      "the key 0.810", "at most 0 %",
    ] {
      #expect(page.text.contains(text), "\(text)")
    }
    // The sign of the finding, and two charts a model.
    #expect(page.count("svg") == 5 && page.count("img") == 3)
  }

  @Test func aMissAndAnAccusationAreSaidInWords() throws {
    let page = try XHTML(
      view("release-a-1", [line(.malicious, .notShown, deltaP: 0), line(.independentModel, .trainedOn, deltaP: 0.9)])
        .html)
    #expect(page.text.contains("missed") && page.text.contains("accused"))
    #expect(page.text.contains("0 of 1 convicted") && page.text.contains("1 of 1 accused"))
  }

  @Test func aHostileNameStaysText() throws {
    let html = view(Hostile.name, [line(.malicious, .trainedOn, deltaP: 0.8)]).html
    let page = try XHTML(html)
    #expect(page.count("script") == 0 && !page.elements.contains { $0.attributes["onload"] != nil })
    #expect(page.text.contains("<script>alert(1)</script>"))
    #expect(!html.contains("<script") && !html.unicodeScalars.contains("\u{202E}"))
  }

  @Test func theFilePointsNowhereOutside() throws {
    let page = try XHTML(view("release-a-1", [line(.malicious, .trainedOn, deltaP: 0.8)]).html)
    for element in page.elements {
      for name in ["href", "src", "action", "data"] {
        if let address = element.attributes[name] { #expect(address.hasPrefix("data:image/png;base64,")) }
      }
    }
  }
}
