import Foundations
import Jobs
import Ledger
import ServiceConfiguration
import ServiceFoundation

/// What of a dataset's settings makes its generator. Pure.
enum SpecBuilder {
  /// Equal for settings that one generator serves.
  static func generatorKey(_ settings: DatasetSettings) throws -> String {
    struct Key: Encodable {
      var target: String
      var method: MethodSettings
    }
    return HexDigest(of: Array(try CanonicalJSON.line(Key(target: settings.target, method: settings.method)).utf8))
      .description
  }
}
