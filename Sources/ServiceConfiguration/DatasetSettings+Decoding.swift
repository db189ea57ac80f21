import Foundations
import Jobs
import ServiceFoundation

extension DatasetSettings {
  private enum CodingKeys: String, CodingKey {
    case target, rate, seed, method, images, terms, qualify, qualification, references
  }

  /// The ledger keeps settings with the jobs that they were filed for; those from before a key was known have its default.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    target = try container.decode(String.self, forKey: .target)
    rate = try container.decodeIfPresent(MarkingRate.self, forKey: .rate)
    seed = try container.decodeIfPresent(UInt64.self, forKey: .seed)
    method = try container.decode(MethodSettings.self, forKey: .method)
    images = try container.decodeIfPresent(ImageWriting.self, forKey: .images) ?? images
    terms = try container.decodeIfPresent(ReleaseTerms.self, forKey: .terms) ?? terms
    // A release that was filed when nothing was qualified goes out as it was promised to.
    qualify = try container.decodeIfPresent(Bool.self, forKey: .qualify) ?? false
    qualification = try container.decodeIfPresent(QualifySettings.self, forKey: .qualification) ?? qualification
    references = try container.decodeIfPresent(ReferenceSettings.self, forKey: .references) ?? references
  }
}

extension DatasetSettings {
  /// Equal for settings that one generator serves.
  package var generatorKey: String {
    get throws {
      struct Key: Encodable {
        var target: String
        var method: MethodSettings
      }
      return HexDigest(of: Array(try CanonicalJSON.line(Key(target: target, method: method)).utf8)).description
    }
  }
}
