import Foundation
import Foundations
import Jobs
import Testing
import Watermarks

@testable import ServiceConfiguration

/// What a ledger and a vault of an earlier version hold: the JSON of a method's settings, and the digest by which a
/// dataset finds its generator again. Both were taken from version 0.1.0, and stay.
@Suite struct StoredSettingsTests {
  private static let goldens = [
    (
      text: "[defaults]\nobjective = \"keyed\"\n",
      json: #"{"amplitude":1,"batch":64,"carriers":2,"epsilon":8,"generatorDepth":3,"generatorSteps":400,"#
        + #""generatorWidth":32,"nonTargetWeight":1,"objective":"keyed","painting":"full","perceptualWeight":1,"#
        + #""sampleShare":0.1,"selection":"hardest","surrogate":"resnet18","surrogateEpochs":6,"surrogateWidth":16,"#
        + #""targetWeight":1}"#,
      digest: "1e93478f70780630fdef5ea96ff2db4e818c2dc8c5d606e493a7642a46f70aad"
    ),
    // What is said of keyed marks was stored with the paper's too.
    (
      text: """
      [defaults]
      target = "automobile"
      objective = "paper"
      carriers = 3
      amplitude = 2
      selection = "random"
      painting = "learned"
      surrogate = "wrn-10-1"
      surrogate-width = 8
      surrogate-epochs = 3
      generator-width = 16
      generator-depth = 2
      generator-steps = 50
      batch = 32
      epsilon = "4/255"
      target-weight = 0.5
      non-target-weight = 2
      perceptual-weight = 1e6
      sample-share = 0.07
      lpips = ["/w/trunk.safetensors", "/w/heads.safetensors"]
      """,
      json: #"{"amplitude":2,"batch":32,"carriers":3,"epsilon":4,"generatorDepth":2,"generatorSteps":50,"#
        + #""generatorWidth":16,"lpips":{"heads":"/w/heads.safetensors","trunk":"/w/trunk.safetensors"},"#
        + #""nonTargetWeight":2,"objective":"paper","painting":"learned","perceptualWeight":1000000,"#
        + #""sampleShare":0.07,"selection":"random","surrogate":"wrn-10-1","surrogateEpochs":3,"surrogateWidth":8,"#
        + #""targetWeight":0.5}"#,
      digest: "561b93bdefdadbdd713d75d3d46c1acf7277f3bafe8277e90caae866aff4fbee"
    ),
  ]

  @Test(arguments: goldens)
  func theSameSettingsAreTheSameBytes(text: String, json: String, digest: String) throws {
    let settings = try Configuration(text: text, directory: "/", methods: ConfigurationTests.methods).defaults
    #expect(try CanonicalJSON.line(settings.method) == json)
    #expect(try settings.generatorKey == digest)
    let read = try CanonicalJSON.decode(DatasetSettings.self, from: CanonicalJSON.line(settings).utf8)
    #expect(read == settings)
    #expect(try read.generatorKey == digest)
  }

  @Test func whatAnEarlierVersionDidNotWriteIsAsByDefault() throws {
    let rows = [
      #"{"method":{"objective":"paper","epsilon":4},"rate":{"share":0.5,"unit":"targetClass"},"target":""}"#,
      #"{"method":{"epsilon":4,"own":{"x":1}},"rate":{"share":0.5,"unit":"targetClass"},"target":"cat"}"#,
    ]
    let settings = try rows.map { try CanonicalJSON.decode(DatasetSettings.self, from: $0.utf8).method }
    #expect(settings.map(\.objective) == [.paper, .keyed])
    for method in settings {
      #expect(method[SharedSettings.epsilon] == 4 && method[SharedSettings.sampleShare] == 0.1)
      #expect(method[SharedSettings.lpips] == nil && method[KeyedSettings.painting] == .full)
    }
    // What no method has is kept as it was, and refused where the method is known.
    #expect(try CanonicalJSON.line(settings[1]) == #"{"epsilon":4,"objective":"keyed","own":{"x":1}}"#)
    #expect(settings[0].problem(under: .paper) == nil)
    #expect(try #require(settings[1].problem(under: .keyed)) == ("x", "is no setting of keyed"))
  }

  @Test(arguments: [
    (#"{"carriers":9}"#, "carriers", "9 is not within 1 … 4"),
    (#"{"carriers":"2"}"#, "carriers", "the string \"2\" is not an integer"),
    (#"{"epsilon":"8/255"}"#, "epsilon", "the string \"8/255\" is not an integer"),
    (#"{"epsilon":0}"#, "epsilon", "0 is not within 1 … 64"),
    // A command's paths may be relative.
    (#"{"lpips":{"heads":"h","trunk":"t"}}"#, "", ""),
    (#"{"selection":"best"}"#, "selection", "the string \"best\" is none of \"random\", \"hardest\""),
    (#"{"speed":1}"#, "speed", "is no setting of keyed"),
  ])
  func whatIsWrongInStoredSettingsIsFound(json: String, key: String, rule: String) throws {
    let settings = try CanonicalJSON.decode(MethodSettings.self, from: json.utf8)
    let problem = settings.problem(under: .keyed)
    #expect(problem?.key ?? "" == key && problem?.rule ?? "" == rule, "\(String(describing: problem))")
  }

  @Test(arguments: [#"{"lpips":{"trunk":"/t"}}"#, #"{"lpips":7}"#, #"{"own":[]}"#, #"{"objective":1}"#, "[]"])
  func refusesWhatIsNoSettings(json: String) {
    #expect(throws: DecodingError.self) { try CanonicalJSON.decode(MethodSettings.self, from: json.utf8) }
  }

  @Test func theTableInTheDocumentsIsTheProgramsOwn() throws {
    let file = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("../../docs/formats/service.md").standardizedFileURL
    let table = MethodReference(MethodRegistry.standard.declarations).markdown
    #expect(try String(contentsOf: file, encoding: .utf8).contains("\n\n\(table)\n\n"), "dandyroll methods --markdown")
  }
}
