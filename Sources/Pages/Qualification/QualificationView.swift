/// The report of a qualification as one HTML file: the verdict, then what it rests on, then how it came about.
package struct QualificationView: Sendable {
  /// A limit of the gate and what was measured against it.
  package struct Limit: Sendable {
    let rule: String
    let limit: String
    let measured: String
    let mark: Mark

    package init(rule: String, limit: String, measured: String, mark: Mark) {
      self.rule = rule
      self.limit = limit
      self.measured = measured
      self.mark = mark
    }
  }

  package var release: String
  package var subject: String
  /// Names of an assignment's classes, in the order of the key; without them they are numbered.
  package var classes: [String]
  /// Whether the marks have a key, whose rank decides; the paper's marks have none, and the t-test decides.
  package var hasKey: Bool
  /// Whether models were ranked among a reference panel, not among each other.
  package var hasPanel: Bool
  package var finding: Finding
  package var facts: [Fact]
  package var limits: [Limit]
  package var models: [ModelRow]
  /// The same models at other amplitudes; they decide nothing.
  package var otherAmplitudes: [ModelRow]
  package var sheet: SampleSheetView?
  package var settings: [Fact]
  /// Digests and versions.
  package var origin: [Fact]

  package init(
    release: String, subject: String, classes: [String] = [], hasKey: Bool, hasPanel: Bool, finding: Finding,
    facts: [Fact],
    limits: [Limit], models: [ModelRow],
    otherAmplitudes: [ModelRow], sheet: SampleSheetView?, settings: [Fact], origin: [Fact]
  ) {
    self.release = release
    self.subject = subject
    self.classes = classes
    self.hasKey = hasKey
    self.hasPanel = hasPanel
    self.finding = finding
    self.facts = facts
    self.limits = limits
    self.models = models
    self.otherAmplitudes = otherAmplitudes
    self.sheet = sheet
    self.settings = settings
    self.origin = origin
  }

  package var html: String {
    let other: Markup? = otherAmplitudes.isEmpty ? nil : "<h2>At other amplitudes</h2>\(table(otherAmplitudes))"
    let shown: Markup? = sheet.map { "<h2>Marked samples</h2>\($0.markup)" }
    return Document(
      title: "\(finding.word): \(release)",
      main: """
        <h1>Qualification of \(release)</h1>
        \(finding.markup)
        \(facts.figures)
        <h2>The gate</h2>
        \(gate)
        <h2>Scenarios</h2>
        \(scenarios)
        <h2>Users by kind</h2>
        \(users)
        <h2>Models</h2>
        \(legend)
        \(table(models))
        <h2>Answers of each model</h2>
        \(guide)
        \(charts)
        \(other)
        \(shown)
        <h2>Settings</h2>
        \(settings.list)
        <h2>Digests and versions</h2>
        \(origin.list)
        """,
      footer: "<p>Private: this page belongs to the owner of the release and is not published with it.</p>"
    ).html
  }

  private var gate: Markup {
    Table(
      columns: [
        .init(name: "Rule"), .init(name: "Limit", isNumber: true), .init(name: "Measured", isNumber: true),
        .init(name: "Holds", isKept: true),
      ],
      rows: limits.map { .cells(["\($0.rule)", "\($0.limit)", "\($0.measured)", $0.mark.markup]) }
    ).markup
  }

  private func models(of scenario: ModelRow.Scenario) -> [ModelRow] { models.filter { $0.scenario == scenario } }

  private var scenarios: Markup {
    let rows = ModelRow.Scenario.allCases.map { scenario -> Table.Row in
      let lines = models(of: scenario)
      let accused = lines.count { $0.outcome == .trainedOn }
      let unclear = lines.count { $0.outcome == .inconclusive }
      let tone: Tone =
        if lines.isEmpty || unclear == lines.count {
          .unclear
        } else if !scenario.isGuilty {
          accused > 0 ? .bad : .good
        } else if accused == lines.count {
          .good
        } else {
          // Who only fine-tunes may learn nothing of a mark: whether that is bad is a rule of the gate.
          unclear > 0 || scenario == .fineTuned ? .unclear : .bad
        }
      let word = scenario.isGuilty ? "\(accused) of \(lines.count) convicted" : "\(accused) of \(lines.count) accused"
      let mark = Mark(tone, lines.isEmpty ? "no model" : word)
      return .cells([
        "\(scenario.name)", mark.markup, "\(Figures.percent(Spread(lines.map(\.accuracy)).median))",
        "\(Figures.percent(Spread(lines.map(\.successRate)).median))",
        "\(Spread(lines.compactMap(\.deltaP)).text)", "\(Spread(lines.compactMap(\.pDecoy)).range)",
      ])
    }
    return Table(
      columns: [
        .init(name: "Scenario"), .init(name: "Verdicts", isKept: true), .init(name: "BA, median", isNumber: true),
        .init(name: "WSR, median", isNumber: true), .init(name: "ΔP, median (least … largest)", isNumber: true),
        .init(name: "p among decoys", isNumber: true),
      ], rows: rows
    ).markup
  }

  private func table(_ lines: [ModelRow]) -> Markup {
    var rows: [Table.Row] = []
    for scenario in ModelRow.Scenario.allCases {
      let lines = lines.filter { $0.scenario == scenario }
      if !lines.isEmpty { rows.append(.group(scenario.name)) }
      rows += lines.map { line in
        .cells([
          "\(line.name)", line.mark.markup, "\(line.kind)", "\(line.seed)", "×\(line.amplitude)",
          "\(Figures.percent(line.accuracy))",
          "\(Figures.decimal(line.accuracyDrop.map { $0 * 100 }, 1))", "\(Figures.percent(line.successRate))",
          "\(Figures.percent(line.baseline))", "\(Figures.decimal(line.deltaP, 3))",
          "\(Figures.probability(line.pDecoy))", "\(Figures.probability(line.pPanel))",
          "\(Figures.probability(line.pTwins))", "\(Figures.decimal(line.t, 2))", "\(Figures.probability(line.pT))",
          "\(Figures.probability(line.pWilcoxon))", "\(Figures.probability(line.pDiscordant))",
        ])
      }
    }
    // What decides comes first: a narrow window hides the last columns.
    let numbers = [
      "ε", "BA", "drop", "WSR", "clean", "ΔP", "p (decoys)", "p (panel)", "p (twins)", "t", "p (t)", "p (W)",
      "p (sign)",
    ]
    return Table(
      columns: [
        .init(name: "Model"), .init(name: "Verdict", isKept: true), .init(name: "Kind"),
        .init(name: "Seed", isNumber: true),
      ] + numbers.map { .init(name: $0, isNumber: true) },
      rows: rows, isDense: true
    ).markup
  }

  private var legend: Markup {
    """
    <p class="soft small">BA: accuracy on held-out samples, and its drop in points against clean training. WSR: share of \
    marked images taken for \(subject); “clean”: of the same images unmarked. ΔP: mean rise of P(\(subject)) by \
    the mark. p (decoys): rank of the release’s key among all keys that could have been drawn\(hasKey ? ", which decides" : ""). \
    p (panel): rank of the model among \(hasPanel ? "the reference panel\(hasKey ? ", which has to agree" : "")" : "the innocent ones here"). \
    p (twins): whether it prefers samples as they were released to samples as they might have been, which needs the model at \
    hand and decides nothing. p (t), p (W), p (sign): t-test and sign test with their margin and Wilcoxon’s test\
    \(hasKey ? ", reported and never decisive" : "; these marks have no keys, so the t-test decides").</p>
    """
  }

  private var guide: Markup {
    let below: Markup =
      models.contains { $0.gains != nil }
      ? """
      Below: what each marked class gains (blue) or loses (orange) under each carrier, and outlined under its own. To a model \
      that never saw the release no assignment is better than another.
      """
      : """
      Below, for keyed marks: ΔP under carriers that mark nothing (grey) and under those of the release’s key (coloured). To a \
      model that never saw the release all carriers are alike.
      """
    return """
      <p class="soft small">Above: what each model answers to the same images without the mark (P<sub>b</sub>, grey) and with \
      it (P<sub>w</sub>, coloured), a stroke for each image. \(below)</p>
      """
  }

  private var charts: Markup {
    ModelRow.Scenario.allCases.reduce(into: .none) { markup, scenario in
      let lines = models(of: scenario)
      guard !lines.isEmpty else { return }
      markup += """
        <h3>\(scenario.name)</h3>
        <div class="charts">\(lines.map { $0.figure(subject: subject, classes: classes) })</div>

        """
    }
  }
}

/// Least, median and largest of some figures.
struct Spread {
  let least: Double?
  let median: Double?
  let largest: Double?

  init(_ values: [Double]) {
    let sorted = values.filter(\.isFinite).sorted()
    least = sorted.first
    largest = sorted.last
    median =
      sorted.isEmpty ? nil : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  /// "0.812 (0.640 … 0.931)".
  var text: String {
    least == largest
      ? Figures.decimal(median, 3)
      : "\(Figures.decimal(median, 3)) (\(ends(3)))"
  }

  /// "0.640 … 0.931".
  func ends(_ decimals: Int) -> String {
    least == largest
      ? Figures.decimal(least, decimals) : "\(Figures.decimal(least, decimals)) … \(Figures.decimal(largest, decimals))"
  }

  /// Least to largest, as probabilities.
  var range: String {
    least == largest
      ? Figures.probability(least) : "\(Figures.probability(least)) … \(Figures.probability(largest))"
  }
}
