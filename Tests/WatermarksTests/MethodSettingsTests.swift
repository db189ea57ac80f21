import Foundations
import Jobs
import Testing

@testable import Watermarks

/// What recipes have of a dataset's settings: a network that was kept by version 0.1.0 is found again.
@Suite struct MethodSettingsTests {
  private let shape = ImageShape(channels: 3, height: 32, width: 32)

  @Test func trainingsAreToldTheSameAsBefore() throws {
    func recipe(_ settings: MethodSettings) throws -> String {
      try CanonicalJSON.line(
        PerceivedSettings(losses: settings.losses(for: shape), perceptual: "feature distance", targetClass: 1))
    }
    #expect(
      try recipe(MethodSettings(of: .keyed))
        == #"{"losses":{"batch":64,"depth":3,"epsilon":8,"nonTargetWeight":1,"perceptualWeight":1,"rate":0.001,"#
        + #""steps":400,"targetWeight":1,"width":32},"perceptual":"feature distance","targetClass":1}"#)
    var said = MethodSettings(of: .paper)
    said[SharedSettings.generatorWidth] = 16
    said[SharedSettings.generatorDepth] = 2
    said[SharedSettings.generatorSteps] = 50
    said[SharedSettings.batch] = 32
    said[SharedSettings.epsilon] = 4
    said[SharedSettings.targetWeight] = 0.5
    said[SharedSettings.nonTargetWeight] = 2
    said[SharedSettings.perceptualWeight] = 1e6
    #expect(
      try recipe(said)
        == #"{"losses":{"batch":32,"depth":2,"epsilon":4,"nonTargetWeight":2,"perceptualWeight":1000000,"rate":0.001,"#
        + #""steps":50,"targetWeight":0.5,"width":16},"perceptual":"feature distance","targetClass":1}"#)
  }

  @Test func everyKeyIsOneSettings() {
    let declared = MethodRegistry.standard.declarations.settings
    #expect(Set(declared.map(\.setting.key)).count == declared.count)
    for (setting, owners) in declared {
      #expect(!owners.isEmpty && setting.help.hasSuffix("."), "\(setting.key)")
      #expect(setting.problem(in: MethodSettings()) == nil, "\(setting.key)")
    }
  }
}
