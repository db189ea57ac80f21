import Foundation
import Foundations
import Jobs
import Testing
import Watermarks

@testable import ServiceConfiguration

@Suite struct ConfigurationTests {
  static let methods = MethodRegistry.standard.declarations

  private func problems(_ text: String) -> [String] {
    do {
      _ = try Configuration(text: text, directory: "/etc/dandyroll", methods: Self.methods)
      return []
    } catch {
      return error.problems.map { $0.text(file: "f") }
    }
  }

  @Test(arguments: [
    ("[service]\nstat = \"x\"", "f:2: service.stat: unknown key, did you mean 'state'?"),
    ("[servce]\n", "f:1: servce: unknown key, did you mean 'service'?"),
    ("[service]\n\n# c\nzzzzzzzz = 1", "f:4: service.zzzzzzzz: unknown key"),
    ("top = 1", "f:1: top: unknown key"),
    ("state = \"/s\"", "f:1: state: unknown key, it belongs under [service]"),
    ("[inbox]\nconcurrent = 2", "f:2: inbox.concurrent: unknown key, it belongs under [jobs] or [audits]"),
    ("service = 1", "f:1: service: the integer 1 is not a table"),
    ("[jobs]\nconcurrent = \"2\"", "f:2: jobs.concurrent: the string \"2\" is not an integer"),
    ("[jobs]\nconcurrent = 0", "f:2: jobs.concurrent: 0 is not within 1 … 64"),
    ("[jobs]\nconcurrent = 1.5", "f:2: jobs.concurrent: the number 1.5 is not an integer"),
    ("jobs.threads = -1", "f:1: jobs.threads: -1 is not within 0 … 1024"),
    (
      "[jobs]\nmemory = \"3 apples\"",
      "f:2: jobs.memory: the string \"3 apples\" is not a size such as \"300MB\" or \"2GiB\""
    ),
    ("[jobs]\nfree-space = true", "f:2: jobs.free-space: true is not a number"),
    (
      "[inbox]\nsettle = 5",
      "f:2: inbox.settle: the integer 5 is not a duration such as \"500ms\", \"5s\", \"2m\" or \"1h\""
    ),
    ("[inbox]\nsettle = \"0s\"", "f:2: inbox.settle: \"0s\" is not within 50ms … 1h"),
    ("[service]\nkeep-originals = 1", "f:2: service.keep-originals: the integer 1 is neither true nor false"),
    (
      "[service]\nlog-level = \"loud\"",
      "f:2: service.log-level: the string \"loud\" is none of \"debug\", \"info\", \"notice\", \"warning\", \"error\""
    ),
    ("[service]\ninbox = \"\"", "f:2: service.inbox: \"\" is not a path"),
    (
      "[defaults]\nrate = \"0\"",
      "f:2: defaults.rate: the string \"0\" is not a rate above 0 and at most 1, such as 0.5, \"50%\" or \"10% of dataset\", nor \"usual\""
    ),
    ("[defaults]\nepsilon = 8", "f:2: defaults.epsilon: the integer 8 is not a budget within \"1/255\" … \"64/255\""),
    (
      "[defaults]\nepsilon = \"8/256\"",
      "f:2: defaults.epsilon: the string \"8/256\" is not a budget within \"1/255\" … \"64/255\""
    ),
    (
      "[defaults]\nseed = -1",
      "f:2: defaults.seed: the integer -1 is neither \"random\" nor a whole number within 0 … 9223372036854775807"
    ),
    (
      "[defaults]\ngenerator-width = 12",
      "f:2: defaults.generator-width: the integer 12 is not a multiple of 8 within 8 … 256"
    ),
    (
      "[defaults]\nsurrogate = \"unet\"",
      "f:2: defaults.surrogate: \"unet\" is none of alexnet, cnn, densenet121, resnet18, resnet34, vgg16, vgg19, wrn-DEPTH-FACTOR"
    ),
    (
      "[defaults]\nqualify-learners = [\"resnet18\"]",
      "f:2: defaults.qualify-learners: an array is not a list such as [\"resnet18:8\", \"cnn:32\"]"
    ),
    (
      "[defaults]\nobjective = \"keyed\"\nqualify-decoys = 5",
      "f:3: defaults.qualify-decoys: 5 decoys for 2 carriers allow no p-value below 0.0476, and qualify-alpha is 0.01"
    ),
    (
      "[[dataset]]\nname = \"a\"\nmatch = \"*\"\nobjective = \"keyed\"\ncarriers = 1",
      "f:1: dataset.qualify-decoys: 62 decoys for 1 carriers allow no p-value below 0.0159, and qualify-alpha is 0.01"
    ),
    ("[service]\nstate = \"/s\"\nheld = \"outbox/h\"", "f:3: service.held: /s/outbox/h lies inside outbox, /s/outbox"),
    ("[defaults]\nsample-share = 0", "f:2: defaults.sample-share: 0.0 is not above 0.0 and at most 1.0"),
    ("[[dataset]]\nname = \"a\"", "f:1: dataset: the key 'match' is missing"),
    ("[dataset]\nname = \"a\"", "f:1: dataset: datasets are written as [[dataset]], one table each"),
    (
      "[[dataset]]\nname = \"../a\"\nmatch = \"*\"",
      "f:2: dataset.name: \"../a\" is not a dataset name: lower-case letters, digits, '.', '_' and '-', at most 64"
    ),
    ("[[dataset]]\nname = \"a\"\nmatch = \"x/*\"", "f:3: dataset.match: \"x/*\" is not a pattern for a file name"),
    (
      "[[dataset]]\nname = \"a\"\nmatch = \"*\"\n\n[[dataset]]\nname = \"b\"\nmatch = \"*\"\nrat = 1",
      "f:8: dataset.rat: unknown key, did you mean 'rate'?"
    ),
    (
      "[[dataset]]\nname = \"a\"\nmatch = \"x\"\n[[dataset]]\nname = \"a\"\nmatch = \"y\"\nrate = 1",
      "f:5: dataset.name: \"a\" has two rules with different settings"
    ),
    ("[service]\nstate = \"/s\"\noutbox = \"inbox\"", "f:3: service.outbox: is the same directory as inbox, /s/inbox"),
    (
      "[service]\nstate = \"/s\"\nvault = \"outbox/v\"", "f:3: service.vault: /s/outbox/v lies inside outbox, /s/outbox"
    ),
    ("[service]\nstate = \"/s\"\ninbox = \"/s\"", "f:3: service.inbox: /s holds the state directory /s"),
    ("[service]\nstate = \"/s\"\nledger = \"inbox/l\"", "f:3: service.ledger: /s/inbox/l lies inside inbox, /s/inbox"),
    ("[jobs]\nretry-first = \"2h\"", "f:2: jobs.retry-first: \"2h\" is not within 10ms … 1h"),
    ("[jobs]\nretry-first = \"1h\"", "f:2: jobs.retry-first: is longer than retry-longest"),
  ])
  func namesTheKeyTheLineAndTheRule(text: String, problem: String) {
    #expect(problems(text).contains(problem), "\(problems(text))")
  }

  @Test func aSyntaxErrorNamesItsLine() throws {
    let found = problems("[service]\nstate = \"x\"\ninbox = = 1\n")
    #expect(found.count == 1)
    #expect(try #require(found.first).hasPrefix("f:3: "))
  }

  @Test func aNulByteIsNotTheEndOfTheFile() {
    #expect(problems("[service]\n\0[nonsense]") == ["f:2: a NUL byte"])
  }

  @Test func aSocketPathMustFitItsAddress() {
    let long = "/" + String(repeating: "s", count: 107)
    #expect(problems("[service]\nsocket = \"\(long)\"").count == 1)
    #expect(problems("[service]\nsocket = \"\(long.dropLast())\"").isEmpty)
  }

  @Test func allProblemsAreReportedInTheOrderOfTheirLines() {
    let text = """
      [jobs]
      concurrent = 0
      silense = "1s"

      [inbox]
      settle = 7
      [limits]
      members = "many"
      """
    let found = problems(text)
    #expect(found.count == 4)
    #expect(found.map { $0.split(separator: ":")[1] } == ["2", "3", "6", "8"])
  }

  @Test func anEmptyFileGivesTheDefaults() throws {
    let configuration = try Configuration(text: "", directory: "/", methods: Self.methods)
    #expect(configuration.service.inbox == "/var/lib/dandyroll/inbox")
    #expect(configuration.defaults.target.isEmpty)
    #expect(configuration.defaults.rate == nil)
    #expect(configuration.defaults.method[SharedSettings.epsilon] == 8)
    #expect(configuration.jobs.concurrent == 1)
  }

  @Test func effectiveValuesReadBackAsTheSame() throws {
    let text = """
      [service]
      state = "s\\"t"
      keep-originals = false
      [jobs]
      memory = "1.5GB"
      retry-longest = "90s"
      [defaults]
      rate = "7% of dataset"
      seed = 12
      [[dataset]]
      name = "b"
      match = "b*.tar"
      target = "cat"
      epsilon = "4/255"
      """
    let configuration = try Configuration(text: text, directory: "/d", methods: Self.methods)
    #expect(configuration.service.state == "/d/s\"t")
    #expect(configuration.jobs.memory == 1_500_000_000)
    #expect(configuration.datasets.first?.settings.seed == 12)
    #expect(configuration.datasets.first?.settings.method[SharedSettings.epsilon] == 4)
    #expect(
      try Configuration(text: configuration.text(with: Self.methods), directory: "/elsewhere", methods: Self.methods)
        == configuration)
  }

  @Test func takesBothFilesOfLPIPSOrNone() throws {
    let text = "[defaults]\nlpips = [\"/w/trunk.safetensors\", \"/w/heads.safetensors\"]\nobjective = \"keyed\"\n"
    let configuration = try Configuration(text: text, directory: "/", methods: Self.methods)
    #expect(
      configuration.defaults.method[SharedSettings.lpips]
        == LPIPSFiles(trunk: "/w/trunk.safetensors", heads: "/w/heads.safetensors"))
    #expect(configuration.defaults.method.objective.rawValue == "keyed")
    #expect(
      try Configuration(text: configuration.text(with: Self.methods), directory: "/", methods: Self.methods)
        == configuration)
    for wrong in ["[\"/w/trunk\"]", "[\"trunk\", \"heads\"]", "\"/w/trunk\"", "[1, 2]"] {
      #expect(throws: (any Error).self) {
        try Configuration(text: "[defaults]\nlpips = \(wrong)\n", directory: "/", methods: Self.methods)
      }
    }
  }

  @Test func saysHowMarkedJPEGFilesAreWritten() throws {
    #expect(try Configuration(text: "", directory: "/", methods: Self.methods).defaults.images == ImageWriting())
    let text = """
      [defaults]
      keep-names = true
      jpeg-quality = 0
      rewrite-all = true
      [[dataset]]
      name = "a"
      match = "a"
      jpeg-quality = 95
      rewrite-all = false
      """
    let configuration = try Configuration(text: text, directory: "/", methods: Self.methods)
    #expect(configuration.defaults.images == ImageWriting(keepsNames: true, rewritesAll: true))
    #expect(configuration.datasets.first?.settings.images == ImageWriting(keepsNames: true, jpegQuality: 95))
    #expect(
      try Configuration(text: configuration.text(with: Self.methods), directory: "/", methods: Self.methods)
        == configuration)
    for wrong in ["-1", "101", "\"95\"", "true"] {
      #expect(throws: (any Error).self) {
        try Configuration(text: "[defaults]\njpeg-quality = \(wrong)\n", directory: "/", methods: Self.methods)
      }
    }
  }

  @Test func saysWhoseADatasetIsAndWhatMayBeDoneWithIt() throws {
    #expect(try Configuration(text: "", directory: "/", methods: Self.methods).defaults.terms == ReleaseTerms())
    let text = """
      [defaults]
      creator = "Acme"
      training-mining = "notAllowed"
      [[dataset]]
      name = "a"
      match = "a"
      license = "https://spdx.org/licenses/CC0-1.0"
      url = "https://acme.example/a"
      training-mining = ""
      """
    let configuration = try Configuration(text: text, directory: "/", methods: Self.methods)
    #expect(configuration.defaults.terms == ReleaseTerms(creator: "Acme", trainingMining: .notAllowed))
    let terms = ReleaseTerms(
      license: "https://spdx.org/licenses/CC0-1.0", url: "https://acme.example/a", creator: "Acme")
    let settings = try #require(configuration.datasets.first?.settings)
    #expect(settings.terms == terms)
    #expect(try CanonicalJSON.decode(DatasetSettings.self, from: CanonicalJSON.line(settings).utf8) == settings)
    #expect(
      try Configuration(text: configuration.text(with: Self.methods), directory: "/", methods: Self.methods)
        == configuration)
    for wrong in [
      "training-mining = \"no\"", "url = \"acme.example\"", "url = \"file:///etc\"", "url = \"https:///x\"",
      "url = \"https://a b\"", "license = \"a\\nb\"", "creator = 1",
    ] {
      #expect(throws: (any Error).self, "\(wrong)") {
        try Configuration(text: "[defaults]\n\(wrong)\n", directory: "/", methods: Self.methods)
      }
    }
  }

  private enum Corner: String, CaseIterable {
    case left, right
  }

  /// A method that has settings of its own, and one that several have.
  private static let side = MethodSetting("patch-side", 3, .integer(1...8), "Side of the patch, pixels.")
  private static let opacity = MethodSetting("patch-opacity", 1, .real(0...1), "How much of the patch is seen.")
  private static let corner = MethodSetting("patch-corner", Corner.left, .choice, "Where the patch lies.")
  private static let withPatch =
    methods + [
      MethodDeclaration(
        MethodName(rawValue: "patch"), "a patch", settings: [side, opacity, corner, SharedSettings.surrogate])
    ]

  /// Names as messages list them.
  private static func listed(_ methods: [MethodDeclaration]) -> String {
    methods.map { "\"\($0.name.rawValue)\"" }.joined(separator: ", ")
  }

  private func patched(_ text: String) throws(ConfigurationProblems) -> Configuration {
    try Configuration(text: text, directory: "/", methods: Self.withPatch)
  }

  @Test func aMethodsOwnSettingsAreReadAndShownByItsRules() throws {
    let configuration = try patched("[defaults]\nobjective = \"patch\"\npatch-side = 5\npatch-opacity = 1\n")
    let method = configuration.defaults.method
    #expect(method[Self.side] == 5 && method[Self.corner] == .left)
    // What is as by default is not stored: a generator is found again whether it is said or not.
    #expect(
      try CanonicalJSON.line(method)
        == #"{"objective":"patch","own":{"patch-side":5},"surrogate":"resnet18"}"#)
    let text = configuration.text(with: Self.withPatch)
    #expect(text.contains("patch-side = 5\npatch-opacity = 1.0\npatch-corner = \"left\"\n"))
    #expect(!text.contains("carriers") && !text.contains("epsilon"))
    #expect(try patched(text) == configuration)
    for (text, rule) in [
      ("objective = \"patch\"\npatch-side = 9", "9 is not within 1 … 8"),
      ("objective = \"patch\"\npatch-side = \"5\"", "the string \"5\" is not an integer"),
      ("objective = \"patch\"\npatch-opacity = 1.5", "1.5 is not within 0.0 … 1.0"),
      ("objective = \"patch\"\npatch-corner = \"top\"", "the string \"top\" is none of \"left\", \"right\""),
      ("objective = \"blend\"", "the string \"blend\" is none of \(Self.listed(Self.withPatch))"),
    ] {
      let problems = #expect(throws: ConfigurationProblems.self) { try patched("[defaults]\n\(text)\n") }
      #expect(problems?.problems.map(\.rule) == [rule], "\(text)")
    }
    #expect(throws: ConfigurationProblems.self) { try Configuration(text: "patch-side = 5", directory: "/") }
  }

  @Test func whatDefaultsSayForOtherMethodsIsSaidForThoseAlone() throws {
    let text = """
      [defaults]
      patch-side = 5
      carriers = 3
      epsilon = "4/255"
      [[dataset]]
      name = "a"
      match = "a"
      objective = "patch"
      [[dataset]]
      name = "b"
      match = "b"
      objective = "keyed"
      """
    let configuration = try patched(text)
    #expect(configuration.defaults.method[Self.side] == 3)
    let (a, b) = (configuration.settings(for: "a").method, configuration.settings(for: "b").method)
    #expect(a[Self.side] == 5 && a[SharedSettings.epsilon] == 8)
    #expect(b[Self.side] == 3 && b[SharedSettings.epsilon] == 4 && b[KeyedSettings.carriers] == 3)
    #expect(try patched(configuration.text(with: Self.withPatch)) == configuration)
  }

  @Test func aDatasetsOwnTableSaysNothingForOtherMethods() throws {
    func problems(_ lines: String) -> [String] {
      do {
        _ = try patched("[[dataset]]\nname = \"a\"\nmatch = \"a\"\n\(lines)\n")
        return []
      } catch {
        return error.problems.map { $0.text(file: "f") }
      }
    }
    #expect(
      problems("patch-side = 5")
        == ["f:4: dataset.patch-side: is a setting of \"patch\", and objective is \"assignment\""])
    let withEpsilon = Self.withPatch.filter { $0.settings.contains { $0.key == SharedSettings.epsilon.key } }
    #expect(withEpsilon.count > 3 && withEpsilon.count < Self.withPatch.count)
    #expect(
      problems("epsilon = \"4/255\"\nobjective = \"patch\"")
        == ["f:4: dataset.epsilon: is a setting of \(Self.listed(withEpsilon)), and objective is \"patch\""])
    // What every method has, and what has always been allowed: keyed marks' settings mean nothing for the paper's.
    #expect(problems("objective = \"patch\"\nlpips = []\nsurrogate = \"cnn\"").isEmpty)
    #expect(problems("objective = \"paper\"\ncarriers = 3\npainting = \"learned\"").isEmpty)
  }

  @Test func theShippedFileShowsEveryKeyWithItsDefault() throws {
    let file = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("../../etc/dandyroll.toml").standardizedFileURL
    let shipped = try String(contentsOf: file, encoding: .utf8)
    let defaults = try Configuration(text: "", directory: "/", methods: Self.methods)
    #expect(try Configuration(text: shipped, directory: "/", methods: Self.methods) == defaults)

    let tables = try #require(shipped.range(of: "# Rules for some datasets"))
    let uncommented = shipped[..<tables.lowerBound].split(separator: "\n").map { line in
      line.hasPrefix("#") && line.dropFirst().first?.isLowercase == true ? line.dropFirst() : line
    }.joined(separator: "\n")
    #expect(try Configuration(text: uncommented, directory: "/", methods: Self.methods) == defaults)
    let keys =
      ServiceSettings.settings.map(\.key) + InboxSettings.settings.map(\.key) + JobSettings.settings.map(\.key)
      + PageSettings.settings.map(\.key) + InputLimits.settings.map(\.key)
      + DatasetSettings.settings(with: Self.methods.settings.map(\.setting), of: Self.methods).map(\.key)
      + AuditSettings.all.map(\.key) + AlertSettings.settings.map(\.key)
    for key in keys { #expect(uncommented.contains("\n\(key) = "), "\(key)") }
  }

  @Test func theSocketIsFoundWhateverElseIsWrong() throws {
    let directory = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
    let file = "\(directory)/dr-\(UUID().uuidString).toml"
    defer { try? FileManager.default.removeItem(atPath: file) }
    func write(_ text: String) throws { try text.write(toFile: file, atomically: true, encoding: .utf8) }
    let text = """
      [service]
      state = "state"
      inbox = 5
      socket = "control.sock"
      [jobs]
      concurrnt = 2
      [nonsense]
      """
    try write(text)
    #expect(throws: ConfigurationError.self) { try Configuration.read(from: file, methods: Self.methods) }
    #expect(try Configuration.socket(in: file) == directory + "/state/control.sock")
    try write(text.replacing("\"control.sock\"", with: "7"))
    let problem = ConfigurationProblem(line: 4, key: "service.socket", rule: "the integer 7 is not a string")
    #expect(throws: ConfigurationError.invalid(file: file, problems: [problem])) {
      try Configuration.socket(in: file)
    }
    try write("[service\n")
    #expect(throws: ConfigurationError.self) { try Configuration.socket(in: file) }
  }

  @Test func aMissingFileIsNamed() {
    #expect(
      throws: ConfigurationError.invalid(
        file: "/nowhere/d.toml", problems: [ConfigurationProblem(line: nil, key: nil, rule: "no such file")])
    ) {
      try Configuration.read(from: "/nowhere/d.toml", methods: [])
    }
  }
}
