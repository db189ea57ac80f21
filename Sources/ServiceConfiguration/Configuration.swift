package import Foundations
import Glibc
package import Jobs

/// Everything the daemon can be told by its file (etc/dandyroll.toml): one property a table, in the file's order.
package struct Configuration: Sendable, Equatable {
  package var service = ServiceSettings()
  package var inbox = InboxSettings()
  package var page = PageSettings()
  package var jobs = JobSettings()
  package var limits = InputLimits()
  package var defaults = DatasetSettings()
  package var datasets: [DatasetRule] = []
  package var audits = AuditSettings()
  package var suspects: [SuspectSettings] = []
  package var alerts = AlertSettings()

  package init() {}
}

/// `[service]`: where things are, as absolute paths once a file has been read.
package struct ServiceSettings: Sendable, Equatable {
  /// The directory that the relative paths below start from.
  package var state = "/var/lib/dandyroll"
  package var inbox = "inbox"
  package var outbox = "outbox"
  package var vault = "vault"
  package var work = "work"
  package var failed = "failed"
  package var held = "held"
  package var originals = "originals"
  package var receipts = "receipts"
  package var ledger = "ledger.sqlite"
  package var socket = "/run/dandyroll/control.sock"
  /// The owner's secret key, which signs releases, evidence packages and alerts; empty for none.
  package var signingKey = ""
  /// Keep a released archive in `originals`; without it the archive is deleted once its release is complete.
  package var keepOriginals = true
  package var logLevel = LogLevel.info

  package init() {}
}

package enum LogLevel: String, Sendable, CaseIterable {
  case debug, info, notice, warning, error
}

/// `[inbox]`: when a file is taken for complete.
package struct InboxSettings: Sendable, Equatable {
  /// How long size, mtime and inode must stand still.
  package var settle: Duration = .seconds(5)
  /// How often everything is looked at again, whatever the kernel reported.
  package var rescan: Duration = .seconds(60)
  /// How often a filesystem that reports nothing (NFS, CIFS, FUSE) is looked at.
  package var poll: Duration = .seconds(5)

  package init() {}
}

/// `[jobs]`: how job processes are run.
package struct JobSettings: Sendable, Equatable {
  package var concurrent = 1
  /// Threads of one job; 0 shares the processors out among the jobs that may run at once.
  package var threads = 0
  /// Writable memory of one job (RLIMIT_DATA), bytes; 0 sets no limit.
  package var memory = 8 << 30
  /// Added to the daemon's own niceness.
  package var nice = 0
  /// A job that says nothing for so long is killed.
  package var silence: Duration = .seconds(120)
  /// Between SIGTERM and SIGKILL.
  package var stopGrace: Duration = .seconds(60)
  /// A job that crashes more often than this has failed.
  package var crashRetries = 3
  /// First and longest pause after a failure that may pass.
  package var retryFirst: Duration = .seconds(5)
  package var retryLongest: Duration = .seconds(600)
  /// A job's log file, bytes; one older file of the same size is kept.
  package var logBytes = 1 << 20
  /// Images in one pass of the U-Net while marking.
  package var releaseBatch = 64
  /// Free space that must be there before work starts, in sizes of the input.
  package var freeSpace = 2.2

  package init() {}
}

/// `[defaults]`, and what a `[[dataset]]` may say instead.
package struct DatasetSettings: Codable, Sendable, Equatable {
  /// A class name, or failing that a class index; "" for the class with the most training samples.
  package var target = ""
  /// Nil marks as much as the method does by default.
  package var rate: MarkingRate?
  /// Nil draws one when the job is filed.
  package var seed: UInt64?
  package var method = MethodSettings()
  package var images = ImageWriting()
  package var terms = ReleaseTerms()
  /// Whether a release is judged before it goes out; without it every release goes out.
  package var qualify = true
  package var qualification = QualifySettings()
  package var references = ReferenceSettings()

  package init() {}
}

/// `[[dataset]]`: the first rule whose pattern matches a file's name gives its dataset and settings.
package struct DatasetRule: Sendable, Equatable {
  package var name: String
  /// A shell pattern (`*`, `?`, `[…]`) for the whole file name.
  package var match: String
  package var settings: DatasetSettings

  package init(name: String, match: String, settings: DatasetSettings) {
    self.name = name
    self.match = match
    self.settings = settings
  }
}

extension Configuration {
  /// The dataset that a dropped file belongs to, with the settings for it; nil when its name has nothing safe in it.
  package func dataset(forFile name: String) -> DatasetRule? {
    if let rule = datasets.first(where: { fnmatch($0.match, name, 0) == 0 }) { return rule }
    return DatasetName.derived(fromFile: name).map { DatasetRule(name: $0, match: name, settings: settings(for: $0)) }
  }

  /// The settings for a dataset by its name.
  package func settings(for dataset: String) -> DatasetSettings {
    datasets.first { $0.name == dataset }?.settings ?? defaults
  }
}
