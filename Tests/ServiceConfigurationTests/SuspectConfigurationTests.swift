import Foundation
import Foundations
import Jobs
import Suspects
import Testing

@testable import ServiceConfiguration

@Suite struct SuspectConfigurationTests {
  private static let needed = "[[suspect]]\nname = \"a\"\ndataset = \"d\"\nprotocol = \"v2\"\nurl = \"https://a/\"\n"

  private func problems(_ text: String) -> [String] {
    do {
      _ = try Configuration(text: text, directory: "/", methods: ConfigurationTests.methods)
      return []
    } catch {
      return error.problems.map { $0.text(file: "f") }
    }
  }

  @Test func readsASuspectAndShowsItBack() throws {
    let configuration = try Configuration(
      text: """
        [audits]
        alpha = 0.02
        schedule = "@daily"
        queries = { per-audit = 100, rate = "30/m" }

        [[suspect]]
        name = "acme-vision"
        dataset = "cifar10"
        protocol = "v2"
        url = "https://api.acme.example/v2/models/cifar"
        schedule = "0 3 * * mon"
        time-zone = "Europe/Berlin"
        credential = "acme-token"
        queries = { per-day = 500, images = 20 }
        classes = { automobile = "car", "a b" = "c d" }
        class-order = ["car", "c d"]
        missing-classes = true
        input = { layout = "nchw", element = "float32", mean = [0.5, 1], height = 32 }
        retrain-when = ["wsr-below 0.5", "generator-older-than 180d", "pool-exhausted"]

        [[suspect]]
        name = "b"
        dataset = "cifar10"
        protocol = "rest"
        url = "http://10.0.0.1/"
        allow-private = true
        rest = { body = "{\\"x\\":\\"{{image}}\\"}", answer-path = "$.y", headers = { X-Key = "{{credential}}" } }

        [alerts]
        command = ["/bin/page", "me"]
        """, directory: "/", methods: ConfigurationTests.methods)
    let suspect = try #require(configuration.suspect(named: "acme-vision"))
    #expect(suspect.plan.schedule == "0 3 * * mon")
    #expect(suspect.plan.questions.perDay == 500 && suspect.plan.questions.images == 20)
    #expect(suspect.plan.questions.perAudit == 100 && suspect.plan.questions.rate == 0.5)
    #expect(suspect.endpoint.classes.names == ["automobile": "car", "a b": "c d"])
    #expect(suspect.endpoint.classes.order == .names(["car", "c d"]))
    #expect(
      suspect.endpoint.classes.allowsMissing
        && configuration.suspect(named: "b")?.endpoint.classes.allowsMissing == false)
    #expect(suspect.endpoint.input.mean == [0.5, 1] && suspect.endpoint.input.layout == .chw)
    #expect(
      suspect.plan.retrainWhen == [.successBelow(0.5), .generatorOlderThan(days: 180), .poolExhausted])
    #expect(configuration.suspect(named: "b")?.plan.schedule == "@daily")
    #expect(configuration.suspect(named: "b")?.endpoint.rest?.headers == ["X-Key": "{{credential}}"])
    #expect(configuration.audits.alpha == 0.02 && configuration.audits.claims == 0)
    #expect(
      try Configuration(
        text: configuration.text(with: ConfigurationTests.methods), directory: "/", methods: ConfigurationTests.methods)
        == configuration)
  }

  /// A description from before is the same to the byte, and so is what is filed of a suspect that has all classes.
  @Test func whatASuspectMayLackIsStoredOnlyWhereItMay() throws {
    let old = #"{"allow-others":false,"names":{}}"#
    var names = try JSONDecoder().decode(ClassNames.self, from: Data(old.utf8))
    #expect(names == ClassNames())
    #expect(try CanonicalJSON.line(names) == old)
    names.allowsMissing = true
    let line = try CanonicalJSON.line(names)
    #expect(line == #"{"allow-missing":true,"allow-others":false,"names":{}}"#)
    #expect(try JSONDecoder().decode(ClassNames.self, from: Data(line.utf8)) == names)
  }

  @Test(arguments: [
    (
      "schedule = \"61 * * * *\"",
      "f:6: suspect.schedule: \"61 * * * *\" has “61” as its minute, which is not within 0 … 59"
    ),
    ("schedule = \"0 0 30 2 *\"", "f:6: suspect.schedule: \"0 0 30 2 *\" is never due"),
    (
      "time-zone = \"Mars/Olympus\"",
      "f:6: suspect.time-zone: \"Mars/Olympus\" is no time zone such as \"Europe/Berlin\" or \"UTC\""
    ),
    (
      "queries = { per-week = 1 }",
      "f:6: suspect.queries: unknown key 'per-week'; there are per-audit, per-day, rate, in-flight, images, looks, decoys, amplitude"
    ),
    (
      "queries = { rate = \"1/w\" }",
      "f:6: suspect.queries: rate: the string \"1/w\" is not a rate such as \"1/s\", \"30/m\" or \"500/h\""
    ),
    (
      "credential = \"../x\"",
      "f:6: suspect.credential: \"../x\" is neither the name of a systemd credential nor an absolute path of a file"
    ),
    (
      "retrain-when = [\"wsr-below 2\"]",
      "f:6: suspect.retrain-when: \"wsr-below 2\" is none of \"wsr-below 0.5\", \"generator-older-than 180d\", \"pool-exhausted\""
    ),
    ("classes = { a = 1 }", "f:6: suspect.classes: a: the integer 1 is not a name"),
    ("shedule = \"@daily\"", "f:6: suspect.shedule: unknown key, did you mean 'schedule'?"),
  ])
  func namesWhatIsWrongWithItsLine(line: String, problem: String) {
    #expect(problems(Self.needed + line) == [problem])
  }

  @Test func namesWhatIsMissingOrThereTwice() {
    #expect(
      problems("[[suspect]]\nname = \"a\"\ndataset = \"d\"\nprotocol = \"rest\"\n") == [
        "f:1: suspect: the key 'url' is missing",
        "f:1: suspect: the key 'rest' is missing: it says how the endpoint is spoken to",
      ])
    #expect(problems(Self.needed + Self.needed) == ["f:7: suspect.name: \"a\" is there twice"])
  }
}
