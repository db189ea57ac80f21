package import Glibc
import Jobs
package import ServiceFoundation

/// Where everything of a job lies (docs/formats, "Directories").
package struct JobPlaces: Sendable {
  package let settings: ServiceSettings

  package init(settings: ServiceSettings) {
    self.settings = settings
  }

  /// The daemon's copies of dropped files, before their jobs have a number.
  package var arrivals: String { settings.work + "/.arrivals" }
  /// Surveys of archives, kept for the jobs to come.
  package var surveys: String { settings.work + "/.surveys" }
  package func work(_ job: Int64) -> String { "\(settings.work)/\(job)" }
  package func spec(_ job: Int64) -> String { work(job) + "/SPEC.json" }
  package func checkpoints(_ job: Int64) -> String { work(job) + "/checkpoints" }
  package func input(_ job: Int64, name: String) -> String { work(job) + "/input/" + name }
  package func failed(_ job: Int64) -> String { "\(settings.failed)/\(job)" }
  /// Releases are built beside where they appear: in the outbox, or where they wait for their qualification.
  package var stagings: [String] { [settings.outbox, settings.held].map(Self.stagings) }
  package func staging(_ job: Int64, waits: Bool) -> String { "\(Self.stagings(in: birthplace(waits: waits)))/\(job)" }
  private static func stagings(in directory: String) -> String { directory + "/.staging" }
  /// Where a release appears when it is made.
  package func birthplace(waits: Bool) -> String { waits ? settings.held : settings.outbox }
  package func held(_ release: String) -> String { "\(settings.held)/\(release)" }
  package func published(_ release: String) -> String { "\(settings.outbox)/\(release)" }
  /// A release's private record.
  package func record(_ release: String) -> String { "\(settings.vault)/\(release)" }
  /// The models of a dataset's reference panel.
  package func panel(_ dataset: String) -> String { "\(settings.vault)/panels/\(dataset)" }
  package var generators: String { settings.vault + "/generators" }
  package func generator(_ job: Int64, dataset: String) -> String { "\(generators)/\(dataset)-\(job).safetensors" }

  /// Of reasons and of what jobs said: the group that drops archives may read what became of them.
  package static let reasonMode: mode_t = 0o640

  /// A failed job's input, beside its reason.
  package func rejected(_ job: Int64, name: String) -> String {
    let taken = ["REASON.json", "REASON.txt", "job.log", "job.log.1"]
    return failed(job) + "/" + (taken.contains(name) ? "input-" + name : name)
  }

  /// A released archive. The digest keeps different files of one name apart.
  package func original(dataset: String, digest: String, name: String) -> String {
    "\(settings.originals)/\(dataset)/\(digest.prefix(12))-\(name)"
  }

  /// The highest number among the releases of a dataset that lie in the outbox, among those held or in the vault,
  /// complete or not; 0 for none. Blocks.
  package func highestRelease(of dataset: String) throws(FileError) -> Int {
    let prefix = "release-\(dataset)-"
    var highest = 0
    for directory in [settings.outbox, settings.held, settings.vault] {
      for name in try Directory.names(in: directory) where name.hasPrefix(prefix) {
        if let number = Int(name.dropFirst(prefix.count).prefix { $0 != "." }) { highest = max(highest, number) }
      }
    }
    return highest
  }

  /// Whether `path` is still where its owner dropped it.
  package func isOutside(_ path: String) -> Bool {
    ![settings.work, settings.failed, settings.originals].contains { ServiceSettings.isInside(path, $0) }
  }
}
