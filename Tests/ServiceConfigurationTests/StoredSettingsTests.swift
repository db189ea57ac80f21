import Foundations
import Jobs
import Testing

@testable import ServiceConfiguration

/// What a ledger and a vault of an earlier version hold: the JSON of a method's settings, and the digest by which a
/// dataset finds its generator again. Both were taken from version 0.1.0, and stay.
@Suite struct StoredSettingsTests {
  private static let goldens = [
    (
      text: "[defaults]\n",
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
}
